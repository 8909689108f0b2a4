#include "aggregator/merge.hpp"

#include <set>

#include "aggregator/results_writer.hpp"
#include "aggregator/shard_copy.hpp"
#include "aggregator/shard_loader.hpp"
#include "aggregator/verified_shard.hpp"
#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

std::vector<std::string> names_of(const std::vector<ListedShard>& shards) {
  std::vector<std::string> names;
  for (const ListedShard& shard : shards) names.push_back(shard.name);
  return names;
}

}  // namespace

MergeOutcome merge_shards(const RunDir& run, const Plan& plan,
                          const std::vector<ListedShard>& shards, const Winners& winners,
                          const std::filesystem::path& file, const ShardChannel& channel) {
  MergeOutcome outcome;
  std::set<std::string> columns;
  ResultsWriter results(file, plan);
  ShardLoader loader(run.shards(), names_of(shards));
  while (auto loaded = loader.next()) {
    const std::size_t index = loaded->index;
    const ListedShard& listed = shards[index];
    MergedShard merged{listed.name,
                       loaded->digest,
                       loaded->bytes.size(),
                       listed.header.records,
                       winners.won[index].size(),
                       listed.header.code_version};
    try {
      ShardReader shard = open_verified(std::move(*loaded), listed, run.shards(), channel);
      columns.insert(shard.columns().metric_names.begin(), shard.columns().metric_names.end());
      // After the first bad shard the rest is only verified: everything starts over anyway.
      if (outcome.bad.empty())
        copy_rows(std::move(shard), listed.name, winners.won[index], channel, results);
      outcome.shards.push_back(std::move(merged));
    } catch (const Error& error) {
      if (error.code() != Errc::data) throw;
      outcome.bad.push_back({listed.name, error.what()});
    }
  }
  outcome.metric_columns.assign(columns.begin(), columns.end());
  if (!outcome.bad.empty()) return outcome;
  // Named: a loop over a temporary's intervals() would outlive the temporary.
  const IntervalSet gaps = winners.coverage.complement(plan.items());
  for (const Interval& gap : gaps.intervals()) results.put_missing(gap.begin, gap.end);
  results.finish();
  return outcome;
}

}  // namespace tally::aggregator
