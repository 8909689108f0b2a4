#pragma once
#include <string>
#include <string_view>

namespace tally::worker {

/// What comparing an answer with the expected one gave.
enum class Verdict {
  equal,
  different,
  bad_target,  ///< The expected answer is not what the comparator can compare with.
};

/// Compares an extracted answer with a doc's target. Both functions are pure and thread-safe.
struct Comparator {
  std::string_view name;
  std::string_view wanted;  ///< What a target must be, for messages.
  /// One text per class of equal answers: what the majority vote counts.
  std::string (*normalise)(std::string_view answer) = nullptr;
  /// Either side as it came, not normalised.
  Verdict (*compare)(std::string_view answer, std::string_view target) = nullptr;
};

/// `exact` | `numeric`. Throws Error(config) for another name.
/// Rules: docs/metrics.md#extractors-and-comparators.
[[nodiscard]] const Comparator& find_comparator(std::string_view name);

}  // namespace tally::worker
