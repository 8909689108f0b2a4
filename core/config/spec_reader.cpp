#include "core/config/spec_reader.hpp"

#include <utility>

namespace tally {

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
    const bool holds = words_[deciding] == fmt::format("\"{}\"", field.when.word);
    const auto member = std::find_if(map_.members.begin(), map_.members.end(),
                                     [&](const Member& each) { return each.key == field.key; });
    const bool there = member != map_.members.end();
    if (there && !holds)
      faults_.add(
          member->place, key_of(field),
          fmt::format("found with {} {}, expected only with {}", deciding,
                      words_[deciding].substr(1, words_[deciding].size() - 2), field.when.word));
    if (!there && holds && field.required) absent(field, expected);
  }
}

}  // namespace tally
