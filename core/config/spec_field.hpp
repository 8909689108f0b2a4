#pragma once
#include <string_view>

namespace tally {

/// A key is allowed only where another key of its mapping has this value. Empty: always.
struct Condition {
  std::string_view key;
  std::string_view word;
};

/// One key of run.yaml.
struct Field {
  std::string_view key;
  std::string_view text;  ///< What it is: a phrase for the reference.
  bool required = false;  ///< Where it is allowed.
  Condition when{};
};

/// A word of a list and the bool it stands for.
struct Flag {
  std::string_view word;
  bool* target;
};

}  // namespace tally
