#pragma once
#include <string>
#include <string_view>

namespace tally {

/// A key is allowed only where another key of its mapping has one of these values. Empty: always.
struct Condition {
  std::string_view key;
  std::string_view words;  ///< "a|b".
};

/// One key of run.yaml.
struct Field {
  std::string_view key;
  std::string_view text;  ///< What it is: a phrase for the reference.
  bool required = false;  ///< Where it is allowed.
  Condition when{};
  bool repeats = false;  ///< list(): an element may stand twice.
  /// value(): what messages ask for where `when.key` has this word; null or "": what the rule does.
  std::string (*expected_with)(std::string_view word) = nullptr;
};

/// A word of a list and the bool it stands for.
struct Flag {
  std::string_view word;
  bool* target;
};

}  // namespace tally
