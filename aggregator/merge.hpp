#pragma once
#include <filesystem>
#include <vector>

#include "aggregator/inventory.hpp"
#include "aggregator/outputs/merge_facts.hpp"
#include "aggregator/shard_channel.hpp"
#include "aggregator/winners.hpp"
#include "core/plan/plan.hpp"

// Merging, in order: 1) shards are read and hashed ahead; 2) each is opened once, in order of
// names; 3) its winning rows are written to their places in results.h5; 4) compressed text blocks
// that hold winning rows are copied as they are, unless little of them wins or they are short: then
// rows are packed together with those of other shards; 5) rows without a record are marked.

namespace tally::aggregator {

struct MergeOutcome {
  std::vector<MergedShard> shards;          ///< By name.
  std::vector<std::string> metric_columns;  ///< Sorted.
  std::vector<BadShard> bad;  ///< Not empty: results.h5 is not finished; set these aside and start
                              ///< over. All shards were verified.
};

/// Writes `file` from the winners. Memory does not grow with the run.
/// Throws Error(io) when writing fails, Error(missing) when a shard vanished.
[[nodiscard]] MergeOutcome merge_shards(const RunDir& run, const Plan& plan,
                                        const std::vector<ListedShard>& shards,
                                        const Winners& winners, const std::filesystem::path& file,
                                        const ShardChannel& channel);

}  // namespace tally::aggregator
