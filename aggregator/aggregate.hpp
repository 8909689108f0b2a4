#pragma once
#include <filesystem>

#include "aggregator/outputs/merge_facts.hpp"
#include "aggregator/shard_channel.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/run_dir.hpp"

// Aggregation, in order: 1) list the shards; 2) decide which record stands for each ordinal; 3)
// merge into a new results directory, verifying on the way; 4) compute the figures of each task
// from the merged rows; 5) write index, summary, manifest and report; 6) publish the directory. A
// shard that fails at any step is quarantined and everything starts over without it.

namespace tally::aggregator {

struct Aggregated {
  std::filesystem::path directory;  ///< Where the results are.
  Totals totals;
};

/// Aggregates the run. The caller holds the lock on results/. Everything published is a function of
/// the shards and quarantine/. Throws Error.
Aggregated aggregate_run(const RunDir& run, const ShardChannel& channel);

}  // namespace tally::aggregator
