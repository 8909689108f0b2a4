#pragma once
#include "aggregator/results_writer.hpp"
#include "aggregator/shard_channel.hpp"
#include "core/base/interval_set.hpp"
#include "core/shard/shard_reader.hpp"

namespace tally::aggregator {

/// Copies the rows of `shard` whose ordinals are in `won` (a subset of its items) to their places.
/// Throws Error(data) for a block that does not unpack, Error(io) when writing fails.
void copy_rows(ShardReader shard, const std::string& name, const IntervalSet& won,
               const ShardChannel& channel, ResultsWriter& results);

}  // namespace tally::aggregator
