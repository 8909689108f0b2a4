#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "worker/scorers/instruction_following/checks.hpp"

namespace tally::worker {

/// The eight forms of a response that loose evaluation looks at: the response itself, without its
/// first line, without its last, and without both (these three stripped), then the same four
/// without asterisks. The other seven are made when first asked for; blank ones and repetitions of
/// an earlier one are left out.
class Variants {
 public:
  /// `response`: well-formed UTF-8.
  explicit Variants(std::string response) : response_(std::move(response)) {}
  /// Whether the response itself passes; a blank one never does. Throws as the check.
  [[nodiscard]] bool first_follows(const Check& check) const;
  /// Whether one of the others does.
  [[nodiscard]] bool other_follows(const Check& check);

 private:
  void make_others();
  void add_other(std::string variant);
  std::string response_;
  std::vector<std::string> others_;
  bool made_ = false;
};

}  // namespace tally::worker
