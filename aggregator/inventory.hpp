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
  std::vector<BadShard> bad;        ///< By name: not a shard, of another run or plan, too new.
};

/// Lists the shards of a run by their headers. Shards that vanish meanwhile were folded into
/// others, so the folder is then listed again. Throws Error(io | missing) when the folder cannot be
/// read.
[[nodiscard]] Inventory list_shards(const RunDir& run, const Plan& plan);

}  // namespace tally::aggregator
