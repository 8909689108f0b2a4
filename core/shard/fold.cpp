#include <algorithm>
#include <system_error>

#include "core/base/error.hpp"
#include "core/shard/shard_reader.hpp"
#include "core/shard/shard_writer.hpp"

// Folding, in order: 1) read and verify every named shard; 2) unite the batches in the order of
// names, so that normalising applies the winner rule; 3) commit the union; 4) remove what went into
// it. No step needs the one before it undone: a crash leaves duplicates, and duplicates are one
// item.

namespace tally {
namespace {

// Appends the shard's records, or says no: a shard that is damaged, foreign or already gone is not
// ours to judge here, the aggregator will quarantine it by name.
bool append_shard(const std::filesystem::path& file, const Digest& plan, RecordBatch& batch) {
  try {
    const ShardReader shard(read_verified_shard(file), file);
    if (shard.header().plan != plan) return false;
    batch.append(read_batch(shard));
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::data && error.code() != Errc::missing) throw;
    return false;
  }
}

}  // namespace

CommittedShard fold_shards(const RunDir& run, const ShardOrigin& origin, std::uint32_t sequence,
                           const std::vector<std::string>& names) {
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  RecordBatch batch;
  std::vector<std::string> merged;
  for (const std::string& name : sorted) {
    if (append_shard(run.shards() / name, origin.plan, batch)) merged.push_back(name);
  }
  if (merged.empty()) return {};
  const CommittedShard committed = commit_shard(run, origin, sequence, batch);
  for (const std::string& name : merged) {
    if (name == committed.name) continue;  // folding one shard onto itself
    std::error_code gone_already;
    std::filesystem::remove(run.shards() / name, gone_already);
  }
  return committed;
}

}  // namespace tally
