#pragma once
#include <cstdint>
#include <vector>

#include "aggregator/inventory.hpp"
#include "aggregator/shard_channel.hpp"
#include "core/base/interval_set.hpp"

namespace tally::aggregator {

/// Which shard's record stands for each ordinal.
struct Winners {
  std::vector<IntervalSet> won;  ///< Per listed shard: ordinals whose record it provides. Disjoint.
  IntervalSet coverage;          ///< Their union.
  std::uint64_t duplicates = 0;  ///< Ordinals with several counted records, all of one content.
  IntervalSet conflicting;       ///< Ordinals whose counted records differ.
  std::vector<BadShard> bad;     ///< Shards that failed verification on the way: then nothing else
                                 ///< here counts; set them aside and ask again.
};

/// Decides by interval where shards don't overlap, which needs no record at all. Where they do,
/// reads the overlapping shards and compares records with beats(); records differ when outcome,
/// score, answer or completion do. Memory is bounded: overlaps are handled in windows of ordinals.
/// Throws Error(missing) when a shard vanished.
[[nodiscard]] Winners find_winners(const RunDir& run, const std::vector<ListedShard>& shards,
                                   const ShardChannel& channel);

/// Ordinals that lie in more than one of the shards.
[[nodiscard]] IntervalSet overlapping(const std::vector<ListedShard>& shards);

}  // namespace tally::aggregator
