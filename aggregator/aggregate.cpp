#include "aggregator/aggregate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include "aggregator/doc_groups.hpp"
#include "aggregator/inventory.hpp"
#include "aggregator/merge.hpp"
#include "aggregator/outputs/manifest.hpp"
#include "aggregator/outputs/out_file.hpp"
#include "aggregator/outputs/publish.hpp"
#include "aggregator/outputs/report.hpp"
#include "aggregator/outputs/score_index.hpp"
#include "aggregator/outputs/summary.hpp"
#include "aggregator/quarantine.hpp"
#include "aggregator/score_tasks.hpp"
#include "aggregator/winners.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/shard/hdf5.hpp"

namespace tally::aggregator {
namespace {

constexpr int kMaxStarts = 1000;

/// Writes the text outputs while the tasks are scored.
class TextOutputs {
 public:
  TextOutputs(const Plan& plan, const std::filesystem::path& folder)
      : plan_(plan),
        folder_(folder),
        index_(folder / "score_index.jsonl"),
        summary_(folder / "summary.json"),
        report_(plan) {
    summary_.append(summary_head(plan));
    totals_.items = plan.items();
  }

  void add(const TaskFigures& figures) {
    index_.append(score_index_row(plan_, figures));
    summary_.append(summary_task(plan_, figures, totals_.tasks == 0));
    report_.add(figures);
    ++totals_.tasks;
    if (figures.complete()) ++totals_.complete_tasks;
    totals_.counted += figures.counts.counted();
    totals_.missing += figures.counts.missing;
    totals_.errors += figures.counts.errors();
    totals_.seconds += figures.seconds;
    totals_.longest_seconds = std::max(totals_.longest_seconds, figures.longest_seconds);
  }

  Totals finish(const MergeFacts& facts, std::map<std::string, Digest>& digests) {
    digests["score_index.jsonl"] = index_.finish();
    summary_.append(summary_tail(facts, totals_));
    digests["summary.json"] = summary_.finish();
    digests["manifest.json"] = write("manifest.json", manifest_json(plan_, facts, totals_));
    digests["REPORT.txt"] = write("REPORT.txt", report_.finish(facts, totals_));
    return totals_;
  }

 private:
  [[nodiscard]] Digest write(const char* name, const std::string& text) const {
    OutFile file(folder_ / name);
    file.append(text);
    return file.finish();
  }

  const Plan& plan_;
  std::filesystem::path folder_;
  OutFile index_;
  OutFile summary_;
  Report report_;
  Totals totals_;
};

void quarantine_all(const RunDir& run, const std::vector<BadShard>& bad) {
  for (const BadShard& shard : bad) quarantine_shard(run, shard.name, shard.reason);
}

/// A run where every shard is of another plan was given another plan.json: its shards are good, and
/// the ordinals in them no longer mean the same. Single strangers are quarantined like any bad
/// shard.
void refuse_changed_plan(const RunDir& run, const Plan& plan, const Inventory& inventory) {
  if (!inventory.shards.empty()) return;
  for (const BadShard& bad : inventory.bad) {
    Digest found = plan.digest();
    try {
      found = read_shard_header(run.shards() / bad.name).plan;
    } catch (const Error&) {
      continue;  // damaged, not strange
    }
    if (found == plan.digest()) continue;
    throw Error(Errc::data,
                fmt::format("plan changed under the shards: found {}, expected {} as in {}",
                            plan.digest().short_hex(), found.short_hex(), bad.name),
                {run.plan(), {}, 0});
  }
}

using Groups = std::vector<std::optional<DocGroups>>;

/// Scores and publishes what was merged into `fresh`.
Aggregated score_and_publish(const RunDir& run, const Plan& plan, const Groups& groups,
                             MergeFacts facts, NewResults& fresh) {
  const auto results = fresh.path() / "results.h5";
  // Hashing and writing back the large file go on beside the scoring.
  auto hashed = std::async(std::launch::async, [&] { return sha256_file(results); });
  auto synced = std::async(std::launch::async, [&] { sync_path(results); });
  TextOutputs outputs(plan, fresh.path());
  score_tasks(plan, results, facts.metric_columns, groups,
              [&](const TaskFigures& figures) { outputs.add(figures); });
  facts.quarantined = list_quarantine(run);
  std::map<std::string, Digest> digests;
  Aggregated done;
  done.totals = outputs.finish(facts, digests);
  digests["results.h5"] = hashed.get();
  synced.get();
  done.directory = fresh.publish(digests);
  return done;
}

/// One attempt. nullopt after shards were set aside.
std::optional<Aggregated> try_to_aggregate(const RunDir& run, const Plan& plan,
                                           const Groups& groups, const ShardChannel& channel) {
  const Inventory inventory = list_shards(run, plan);
  refuse_changed_plan(run, plan, inventory);
  quarantine_all(run, inventory.bad);
  const Winners winners = find_winners(run, inventory.shards, channel);
  if (!winners.bad.empty()) {
    quarantine_all(run, winners.bad);
    return std::nullopt;
  }
  NewResults fresh(run.results());
  MergeOutcome merged =
      merge_shards(run, plan, inventory.shards, winners, fresh.path() / "results.h5", channel);
  if (!merged.bad.empty()) {
    quarantine_all(run, merged.bad);
    return std::nullopt;
  }
  MergeFacts facts;
  facts.shards = std::move(merged.shards);
  facts.metric_columns = std::move(merged.metric_columns);
  facts.duplicates = winners.duplicates;
  facts.conflicts = winners.conflicting.size();
  facts.conflicting = winners.conflicting;
  facts.coverage = winners.coverage;
  return score_and_publish(run, plan, groups, std::move(facts), fresh);
}

}  // namespace

Aggregated aggregate_run(const RunDir& run, const ShardChannel& channel) {
  // Before anything else touches HDF5: its exit handler would crash after a failed write.
  start_hdf5();
  const Plan plan = load_plan(run.plan());
  const MetricContext context{plan.seed, {}};
  for (const std::string& name : plan.metrics) static_cast<void>(make_metric(name, context));
  // Before the loop: it takes a file that is gone for a shard that was folded.
  const Groups groups = load_groups(plan);
  for (int start = 0; start < kMaxStarts; ++start) {
    try {
      if (auto done = try_to_aggregate(run, plan, groups, channel)) return std::move(*done);
    } catch (const Error& error) {
      // A shard that is gone was folded into another one meanwhile; one that is there is
      // unreadable.
      std::error_code none;
      const bool gone = !std::filesystem::exists(error.where().path, none);
      if (error.code() != Errc::missing || !gone) throw;
    }
  }
  throw Error(Errc::unavailable, "shards keep changing while they are merged",
              {run.shards(), {}, 0});
}

}  // namespace tally::aggregator
