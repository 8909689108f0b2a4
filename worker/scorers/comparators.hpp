#pragma once
#include <span>
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
  /// What is stored, and what the majority vote counts: one text per class of equal answers, where
  /// the rule has such classes. Empty: there is no answer.
  std::string (*normalise)(std::string_view answer) = nullptr;
  /// Either side as it came, not normalised.
  Verdict (*compare)(std::string_view answer, std::string_view target) = nullptr;
};

/// The families of rules, one a source file.
[[nodiscard]] std::span<const Comparator> plain_comparators() noexcept;
[[nodiscard]] std::span<const Comparator> hf_comparators() noexcept;
[[nodiscard]] std::span<const Comparator> helm_comparators() noexcept;
[[nodiscard]] std::span<const Comparator> inspect_comparators() noexcept;

/// Throws Error(config) for a name that no family has.
/// Rules: docs/metrics.md#extractors-and-comparators.
[[nodiscard]] const Comparator& find_comparator(std::string_view name);

}  // namespace tally::worker
