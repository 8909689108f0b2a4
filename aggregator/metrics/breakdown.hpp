#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aggregator/metrics/estimate.hpp"
#include "aggregator/metrics/group_means.hpp"
#include "core/shard/record.hpp"

namespace tally::aggregator {

/// How many items of a task, or of a group of its docs, came to what. Every item is in exactly one
/// of `outcomes` and `missing`.
struct Counts {
  std::uint64_t expected = 0;
  std::array<std::uint64_t, kOutcomes> outcomes{};  ///< By Outcome.
  std::uint64_t missing = 0;
  std::uint64_t truncated = 0;    ///< Of any outcome: finish_reason is length.
  std::uint64_t ends_known = 0;   ///< Completions with a finish_reason.
  std::uint64_t ends_silent = 0;  ///< Completions without.
  [[nodiscard]] std::uint64_t of(Outcome outcome) const noexcept {
    return outcomes[static_cast<std::size_t>(outcome)];
  }
  /// Items with a place in the denominator.
  [[nodiscard]] std::uint64_t counted() const noexcept;
  /// Items that ran and have no score.
  [[nodiscard]] std::uint64_t errors() const noexcept;
  /// truncated / items with a record; nullopt unless there are completions and each says how it
  /// ended.
  [[nodiscard]] std::optional<double> truncation_rate() const noexcept;
  void add(const Counts& other) noexcept;
};

/// Which docs of a dataset belong together, by its `group_by`.
struct DocGroups {
  std::string by;                     ///< The column or key.
  std::vector<std::string> names;     ///< Ascending; each has a doc.
  std::vector<std::uint32_t> of_doc;  ///< Index into names, per doc of the dataset.
};

/// What one group of a task's docs came to.
struct GroupFigures {
  std::string name;
  std::uint64_t docs = 0;
  Counts counts;
  double score_sum = 0.0;  ///< Over counted items.
  std::vector<Estimate> metrics;
};

/// One metric over all groups.
struct MetricOverGroups {
  std::string name;
  std::optional<GroupMean> micro;  ///< Every doc weighs the same.
  std::optional<GroupMean> macro;  ///< Every group weighs the same.
  std::string why_not;             ///< Why both are absent: never a mean over some of the groups.
};

struct Breakdown {
  std::string by;
  std::vector<GroupFigures> groups;       ///< By name.
  std::vector<MetricOverGroups> metrics;  ///< In configured order.
};

/// The means of each metric over `breakdown.groups`, as breakdown.metrics.
void add_means(Breakdown& breakdown, const std::vector<std::string>& metric_names);

}  // namespace tally::aggregator
