#pragma once
#include <cstdint>
#include <optional>
#include <span>

// One figure over groups of docs, from the figures of the groups. Pure functions, thread-safe.

namespace tally::aggregator {

struct GroupValue {
  double value = 0.0;
  std::optional<double> standard_error;
  std::uint64_t docs = 0;                  ///< That `value` is over; at least 1.
  std::optional<double> denominator = {};  ///< Of a ratio.
};

/// A mean over groups with its error.
struct GroupMean {
  double value = 0.0;
  std::optional<double> standard_error;
};

/// Every doc weighs the same: sum(docs * value) / sum(docs). The error is lm-eval's pooled one,
/// sqrt(sum((docs - 1) docs se^2) / (N - J) / N) over J groups of N docs in all; absent when a
/// group of several docs has no error, or no group has several. Precondition: `groups` is not
/// empty.
[[nodiscard]] GroupMean micro_mean(std::span<const GroupValue> groups);

/// The ratio of the groups' ratios: every unit of what they divide by weighs the same,
/// sum(denominator * value) / sum(denominator). The error is that of independent groups,
/// sqrt(sum((denominator * se)^2)) / |sum(denominator)|; absent when a group has none. nullopt
/// where the denominators sum to 0. Precondition: every group has a denominator.
[[nodiscard]] std::optional<GroupMean> micro_ratio(std::span<const GroupValue> groups);

/// Every group weighs the same: sum(value) / J, error sqrt(sum se^2) / J; absent when a group has
/// none. Precondition: `groups` is not empty.
[[nodiscard]] GroupMean macro_mean(std::span<const GroupValue> groups);

}  // namespace tally::aggregator
