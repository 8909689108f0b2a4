#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/plan/run_dir.hpp"
#include "core/plan/shard_header.hpp"
#include "core/shard/record.hpp"

namespace tally {

/// Who writes: goes into header and name of each shard.
struct ShardOrigin {
  std::string run_id;
  Digest plan;
  ElementId element;
  RankId rank;
  AttemptId attempt;
  std::string code_version;
  std::string host;
};

/// The bytes of a shard: built by HDF5 in memory (core driver), so HDF5 never meets the disk.
/// `batch` is normalised first. Precondition: batch.size() > 0. Not thread-safe (HDF5).
/// Throws Error(internal) when HDF5 fails. Format: docs/formats.md#shard.
[[nodiscard]] std::vector<std::byte> encode_shard(const ShardOrigin& origin, RecordBatch& batch);

/// A committed shard.
struct CommittedShard {
  std::string name;
  std::uint64_t bytes = 0;  ///< Of the file.
  std::uint64_t records = 0;
  std::uint64_t unpacked = 0;  ///< Bytes of the records in memory.
};

/// Encodes, hashes and publishes `batch` as one shard of `run`. When it returns, the records
/// survive SIGKILL and power loss. Throws Error(io); then nothing is acknowledged and the batch is
/// unchanged but for its order, so the call may be repeated.
CommittedShard commit_shard(const RunDir& run, const ShardOrigin& origin, std::uint32_t sequence,
                            RecordBatch& batch);

/// Merges the named shards of `run` (all of one plan) into one, commits it, then removes them.
/// A crash in between leaves duplicates, which are harmless. Shards that fail verification, are of
/// another plan, are gone, or hold another counted record of an ordinal than one merged before
/// are left alone and not merged; when none is left to merge, nothing is
/// written and the result has an empty name. Not thread-safe (HDF5). Throws Error(io).
///
/// The records of all are in memory at once. When `stopped` says so, in between or before the
/// commit, nothing is written and the result has an empty name.
CommittedShard fold_shards(const RunDir& run, const ShardOrigin& origin, std::uint32_t sequence,
                           const std::vector<std::string>& names,
                           const std::function<bool()>& stopped = {});

}  // namespace tally
