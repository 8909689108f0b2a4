#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <numeric>
#include <string_view>
#include <system_error>

#include "core/base/error.hpp"
#include "core/shard/shard_reader.hpp"
#include "core/shard/shard_writer.hpp"

// Folding, in order: 1) read and verify every named shard; 2) unite the batches in the order of
// names, so that normalising applies the winner rule; 3) commit the union; 4) remove what went into
// it. No step needs the one before it undone: a crash leaves duplicates, and duplicates are one
// item. Records of one ordinal that are counted and say different things are no duplicates: both
// shards stay, for the aggregator to count the conflict.

namespace tally {
namespace {

/// Texts of a batch, row by row.
class Rows {
 public:
  explicit Rows(const RecordBatch& batch) : batch_(batch) {
    for (std::size_t i = 0; i < kTexts; ++i) {
      const auto& lengths = batch.texts[i].lengths;
      offsets_[i].resize(lengths.size());
      std::exclusive_scan(lengths.begin(), lengths.end(), offsets_[i].begin(), std::size_t{0});
    }
  }
  [[nodiscard]] bool counted(std::size_t row) const {
    return is_counted(static_cast<Outcome>(batch_.outcome[row]));
  }
  /// What the aggregator compares: outcome, score, completion and answer.
  [[nodiscard]] bool same(std::size_t row, const Rows& other, std::size_t other_row) const {
    return batch_.outcome[row] == other.batch_.outcome[other_row] &&
           std::bit_cast<std::uint64_t>(batch_.score[row]) ==
               std::bit_cast<std::uint64_t>(other.batch_.score[other_row]) &&
           text(Text::completion, row) == other.text(Text::completion, other_row) &&
           text(Text::answer, row) == other.text(Text::answer, other_row);
  }

 private:
  [[nodiscard]] std::string_view text(Text text, std::size_t row) const {
    const auto i = static_cast<std::size_t>(text);
    const TextColumn& column = batch_.texts[i];
    return std::string_view(column.bytes).substr(offsets_[i][row], column.lengths[row]);
  }
  const RecordBatch& batch_;
  std::array<std::vector<std::size_t>, kTexts> offsets_;
};

// Whether both have a counted record of one of `ordinals` and they differ.
bool contradicts(const RecordBatch& batch, const RecordBatch& more, const IntervalSet& ordinals) {
  const Rows ours(batch);
  const Rows theirs(more);
  std::multimap<Ordinal, std::size_t> known;
  for (std::size_t row = 0; row < batch.size(); ++row)
    if (ours.counted(row) && ordinals.contains(batch.ordinal[row]))
      known.emplace(batch.ordinal[row], row);
  for (std::size_t row = 0; row < more.size(); ++row) {
    if (!theirs.counted(row)) continue;
    const auto [begin, end] = known.equal_range(more.ordinal[row]);
    const auto differs = [&](const auto& entry) { return !ours.same(entry.second, theirs, row); };
    if (std::any_of(begin, end, differs)) return true;
  }
  return false;
}

// What was read so far.
struct Union {
  RecordBatch batch;
  IntervalSet items;
};

// Appends the shard's records, or says no: a shard that is damaged, foreign or already gone is not
// ours to judge here, the aggregator will quarantine it by name.
bool append_shard(const std::filesystem::path& file, const Digest& plan, Union& all) {
  try {
    const ShardReader shard(read_verified_shard(file), file);
    if (shard.header().plan != plan) return false;
    const RecordBatch more = read_batch(shard);
    const IntervalSet& items = shard.header().items;
    const IntervalSet twice = all.items.intersected(items);
    if (!twice.empty() && contradicts(all.batch, more, twice)) return false;
    all.batch.append(more);
    all.items = all.items.united(items);
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::data && error.code() != Errc::missing) throw;
    return false;
  }
}

}  // namespace

CommittedShard fold_shards(const RunDir& run, const ShardOrigin& origin, std::uint32_t sequence,
                           const std::vector<std::string>& names,
                           const std::function<bool()>& stopped) {
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  Union all;
  std::vector<std::string> merged;
  for (const std::string& name : sorted) {
    if (stopped && stopped()) return {};
    if (append_shard(run.shards() / name, origin.plan, all)) merged.push_back(name);
  }
  if (merged.empty() || (stopped && stopped())) return {};
  const CommittedShard committed = commit_shard(run, origin, sequence, all.batch);
  for (const std::string& name : merged) {
    if (name == committed.name) continue;  // folding one shard onto itself
    std::error_code gone_already;
    std::filesystem::remove(run.shards() / name, gone_already);
  }
  return committed;
}

}  // namespace tally
