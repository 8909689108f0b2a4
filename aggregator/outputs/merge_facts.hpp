#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/interval_set.hpp"

namespace tally::aggregator {

/// A shard that went into the results.
struct MergedShard {
  std::string name;
  Digest digest;  ///< Of the whole file.
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;  ///< In the shard.
  std::uint64_t won = 0;      ///< Of them in the results.
  std::string code_version;   ///< Of the worker that wrote it.
};

/// A shard that did not: a file in quarantine/.
struct QuarantinedShard {
  std::string name;
  std::string reason;
};

/// What the results were made of.
struct MergeFacts {
  std::vector<MergedShard> shards;            ///< By name.
  std::vector<QuarantinedShard> quarantined;  ///< By name.
  std::uint64_t duplicates = 0;  ///< Ordinals with several counted records, all the same.
  std::uint64_t conflicts = 0;   ///< Ordinals whose counted records differ.
  IntervalSet conflicting;       ///< The latter's ordinals.
  IntervalSet coverage;          ///< Ordinals with a record.
  std::vector<std::string> metric_columns;  ///< Sorted.
};

/// Counts over all tasks.
struct Totals {
  std::uint64_t tasks = 0;
  std::uint64_t complete_tasks = 0;
  std::uint64_t items = 0;
  std::uint64_t counted = 0;
  std::uint64_t missing = 0;
  std::uint64_t errors = 0;
  double seconds = 0.0;
  double longest_seconds = 0.0;
  [[nodiscard]] bool complete() const noexcept { return counted == items; }
};

}  // namespace tally::aggregator
