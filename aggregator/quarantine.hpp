#pragma once
#include <string>
#include <vector>

#include "aggregator/outputs/merge_facts.hpp"
#include "core/plan/run_dir.hpp"

namespace tally::aggregator {

/// Moves shards/`name` to quarantine/ and writes `reason` beside it as <name>.reason.txt, durably.
/// The shard is never deleted, nor is one that lies there under its name: the new one becomes
/// <name>.2.h5. A shard that is gone already is no error. Throws Error(io).
void quarantine_shard(const RunDir& run, const std::string& name, const std::string& reason);

/// Removes what killed processes left half written in temp/ and quarantine/: temporary files that
/// no living process owns, those of other hosts after a day. Throws Error(io).
void remove_leftovers(const RunDir& run);

/// What lies in quarantine/, by name, with the reasons. Throws Error(io).
[[nodiscard]] std::vector<QuarantinedShard> list_quarantine(const RunDir& run);

}  // namespace tally::aggregator
