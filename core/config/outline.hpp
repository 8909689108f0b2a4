#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/base/json_writer.hpp"

namespace tally {

/// A key of run.yaml as data: what `tally schema` and the reference page print.
struct Outline {
  enum class Shape { value, axis, list, params, group, groups };
  std::string key;
  std::string text;
  bool required = false;
  std::string when_key;                 ///< Allowed only where this sibling ...
  std::vector<std::string> when_words;  ///< ... has one of these values. Empty: always.
  bool repeats = false;                 ///< Of a list: an element may stand twice.
  Shape shape = Shape::value;
  std::string expected;  ///< For people: "1..65536".
  /// Writes the JSON Schema keywords of a value, or of one element of a list. Empty for groups.
  std::function<void(JsonWriter&)> schema;
  std::string fallback;       ///< The default as JSON; empty when there is none to show.
  std::vector<Outline> keys;  ///< Of a group, or of each element of groups.
};

/// The keys of run.yaml, from spec_describe.hpp.
[[nodiscard]] std::vector<Outline> run_config_outline();

}  // namespace tally
