#pragma once
#include <string>
#include <vector>

#include "core/plan/coverage.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/run_dir.hpp"
#include "core/plan/shard_header.hpp"

namespace tally::aggregator {

/// A shard that claims to be ours. Its bytes are not verified yet.
struct ListedShard {
  std::string name;
  ShardHeader header;
};

struct Inventory {
  std::vector<ListedShard> shards;  ///< By name.
  std::vector<BadShard> bad;        ///< By name: not a shard, damaged, of another run or plan.
};

/// Lists the shards of a run by their headers, until nothing is gone since the listing before:
/// what vanishes was folded into others. Throws Error(io | missing) when folder or shard cannot be
/// read, Error(unavailable) when shards keep vanishing, and Error(data) naming a whole shard of a
/// newer version: that is no damage, and a newer Tally reads it.
[[nodiscard]] Inventory list_shards(const RunDir& run, const Plan& plan);

}  // namespace tally::aggregator
