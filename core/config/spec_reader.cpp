#include "core/config/spec_reader.hpp"

#include <utility>

#include "core/config/words.hpp"

namespace tally {
namespace {

// The word of a printed choice, which stands between quotes.
std::string_view unquoted(std::string_view printed) {
  return printed.size() < 2 ? printed : printed.substr(1, printed.size() - 2);
}

}  // namespace

std::string joined_key(std::string_view parent, std::string_view key) {
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

const Node* SpecReader::start(const Field& field, std::string expected) {
  known_.emplace_back(field.key);
  const Node* const node = map_.find(field.key);
  if (!field.when.key.empty())
    conditionals_.push_back({field, std::move(expected)});
  else if (node == nullptr && field.required)
    absent(field, expected);
  return node;
}

// The deciding key is described, and so read, before.
std::string SpecReader::expected_of(const Field& field, std::string of_rule) const {
  if (field.expected_with == nullptr) return of_rule;
  const std::string deciding(field.when.key);
  const auto word = words_.find(deciding);
  if (word == words_.end() || faults_.has(joined_key(key_, deciding))) return of_rule;
  std::string fitting = field.expected_with(unquoted(word->second));
  return fitting.empty() ? of_rule : fitting;
}

void SpecReader::absent(const Field& field, const std::string& expected) {
  Place place = map_.place;
  place.is_override_root = false;  // the key is not in the override's text
  faults_.add(place, key_of(field), fmt::format("found nothing, expected {}", expected));
}

void SpecReader::mismatch(const Node& node, const std::string& key, const std::string& expected) {
  faults_.add(node.place, key, fmt::format("found {}, expected {}", found(node), expected));
}

void SpecReader::params(const Field& field, std::vector<ParamAxis>& out, const ScalarRule& rule) {
  const Node* const node = start(field, "a mapping");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::map) return mismatch(*node, key_of(field), "a mapping");
  for (const Member& member : node->members) {
    const std::string key = joined_key(key_of(field), member.key);
    if (!matches(Pattern::param, member.key))
      faults_.add(member.place, key,
                  fmt::format("found this key, expected {}", expected(Pattern::param)));
    ParamAxis param{member.key, {}};
    read_axis(member.value, key, param.axis.values, rule);
    out.push_back(std::move(param));
  }
}

void SpecReader::finish() {
  for (const Member& member : map_.members) {
    if (std::find(known_.begin(), known_.end(), member.key) == known_.end())
      faults_.add(member.place, joined_key(key_, member.key), unknown_key(member.key, known_));
  }
  for (const auto& [field, expected] : conditionals_) {
    const std::string deciding(field.when.key);
    // Nothing can be said while the deciding key itself is faulty or missing.
    if (faults_.has(joined_key(key_, deciding))) continue;
    const std::string_view found = unquoted(words_[deciding]);
    const std::vector<std::string_view> allowed = alternatives(field.when.words);
    const bool holds = std::find(allowed.begin(), allowed.end(), found) != allowed.end();
    const auto member = std::find_if(map_.members.begin(), map_.members.end(),
                                     [&](const Member& each) { return each.key == field.key; });
    const bool there = member != map_.members.end();
    if (there && !holds)
      faults_.add(member->place, key_of(field),
                  fmt::format("found with {} {}, expected only with {}", deciding, found,
                              one_of_words(allowed)));
    if (!there && holds && field.required) absent(field, expected);
  }
}

}  // namespace tally
