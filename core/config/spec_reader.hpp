#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/faults.hpp"
#include "core/config/node.hpp"
#include "core/config/spec_describe.hpp"
#include "core/config/suggestion.hpp"

namespace tally {

/// "models" and "name" -> "models.name"; the root's key is "".
[[nodiscard]] std::string joined_key(std::string_view parent, std::string_view key);

/// The visitor that fills a spec struct from one map of the tree. Faults are collected; a member
/// whose value is faulty keeps its default. Call finish() after describe().
class SpecReader {
 public:
  /// `map` must outlive the reader and be a map; `key` is its dotted key.
  SpecReader(const Node& map, std::string key, Faults& faults)
      : map_(map), key_(std::move(key)), faults_(faults) {}

  template <class T, class Rule>
  void value(const Field& field, T& out, const Rule& rule) {
    const std::string expected = expected_of(field, rule.expected());
    if (const Node* node = start(field, expected); node != nullptr && !rule.read(*node, out))
      mismatch(*node, key_of(field), expected);
    words_[std::string(field.key)] = rule.print(out);
  }

  template <class T, class Rule>
  void axis(const Field& field, Axis<T>& out, const Rule& rule) {
    if (const Node* node = start(field, rule.expected()); node != nullptr)
      read_axis(*node, key_of(field), out.values, rule);
  }

  template <class T, class Rule>
  void list(const Field& field, std::vector<T>& out, const Rule& rule) {
    const Node* node = start(field, "a list");
    if (node == nullptr) return;
    if (node->kind != Node::Kind::sequence || node->items.empty())
      return mismatch(*node, key_of(field), "a list");
    read_items(*node, key_of(field), out, rule, field.repeats);
  }

  template <std::size_t N>
  void flags(const Field& field, const std::array<Flag, N>& flags) {
    const Node* node = start(field, "a list");
    if (node == nullptr) return;
    if (node->kind != Node::Kind::sequence) return mismatch(*node, key_of(field), "a list");
    std::vector<std::string_view> choices;
    for (const Flag& flag : flags) choices.push_back(flag.word);
    std::vector<std::string> words;
    read_items(*node, key_of(field), words, word_rule(std::move(choices)));
    for (const Flag& flag : flags)
      *flag.target = std::find(words.begin(), words.end(), flag.word) != words.end();
  }

  void params(const Field& field, std::vector<ParamAxis>& out, const ScalarRule& rule);

  template <class T>
  void group(const Field& field, T& out) {
    if (const Node* node = start(field, "a mapping"); node != nullptr)
      read_map(*node, key_of(field), out);
  }

  template <class T>
  void groups(const Field& field, std::vector<T>& out) {
    const Node* node = start(field, "a list");
    if (node == nullptr) return;
    if (node->kind != Node::Kind::sequence || node->items.empty())
      return mismatch(*node, key_of(field), "a list");
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      out.emplace_back();
      out.back().line = node->items[i].place.line;
      read_map(node->items[i], fmt::format("{}[{}]", key_of(field), i), out.back());
    }
  }

  /// Reports unknown keys, and keys whose condition does not hold.
  void finish();

 private:
  struct Conditional {
    Field field;
    std::string expected;
  };

  [[nodiscard]] std::string key_of(const Field& field) const { return joined_key(key_, field.key); }
  // The value to read; null when the key is absent, which is reported when it is required.
  const Node* start(const Field& field, std::string expected);
  [[nodiscard]] std::string expected_of(const Field& field, std::string of_rule) const;
  void absent(const Field& field, const std::string& expected);
  void mismatch(const Node& node, const std::string& key, const std::string& expected);

  template <class T, class Rule>
  bool one(const Node& node, const std::string& key, T& out, const Rule& rule) {
    if (rule.read(node, out)) return true;
    mismatch(node, key, rule.expected());
    return false;
  }

  template <class T, class Rule>
  void read_axis(const Node& node, const std::string& key, std::vector<T>& out, const Rule& rule) {
    if (node.kind == Node::Kind::sequence) {
      if (node.items.empty()) return mismatch(node, key, rule.expected());
      return read_items(node, key, out, rule);
    }
    T value{};
    if (one(node, key, value, rule)) out = {value};
  }

  template <class T, class Rule>
  void read_items(const Node& node, const std::string& key, std::vector<T>& out, const Rule& rule,
                  bool repeats = false) {
    std::vector<T> values;
    std::set<T> seen;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string item_key = fmt::format("{}[{}]", key, i);
      T value{};
      if (!one(node.items[i], item_key, value, rule)) continue;
      if (!seen.insert(value).second && !repeats)
        faults_.add(node.items[i].place, item_key,
                    fmt::format("found {} twice, expected distinct values", found(node.items[i])));
      values.push_back(std::move(value));
    }
    out = std::move(values);
  }

  template <class T>
  void read_map(const Node& node, const std::string& key, T& out) {
    if (node.kind != Node::Kind::map) return mismatch(node, key, "a mapping");
    SpecReader reader(node, key, faults_);
    describe(reader, out);
    reader.finish();
  }

  const Node& map_;
  std::string key_;
  Faults& faults_;
  std::vector<std::string> known_;
  std::map<std::string, std::string> words_;  // what the scalars are, as JSON
  std::vector<Conditional> conditionals_;
};

}  // namespace tally
