#pragma once
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/plan/plan.hpp"
#include "core/plan/run_dir.hpp"
#include "core/shard/shard_writer.hpp"
#include "temp_dir.hpp"

namespace tally::aggregator {

/// A plan of one model, one dataset and one task per value of `temperatures`.
inline Plan make_plan(std::uint64_t docs, std::uint32_t repeats,
                      std::vector<std::string> metrics = {"accuracy"},
                      std::vector<double> temperatures = {0.0}) {
  Plan plan;
  plan.run_id = "digits";
  plan.seed = 7;
  plan.created_at = "2026-01-02T03:04:05Z";
  plan.code_version = "0.1.0";
  PlannedModel model;
  model.spec.name = "mlp";
  model.digest = sha256("model");
  model.file = "/data/completions.jsonl";
  PlannedDataset dataset;
  dataset.spec.slug = "optdigits";
  dataset.spec.revision = "1998-07";
  dataset.digest = sha256("dataset");
  dataset.file = "/data/digits.jsonl";
  dataset.docs = docs;
  TaskSpec entry;
  entry.name = "free_response";
  entry.evaluator = Evaluator::free_response;
  entry.extractor = "numeric";
  entry.comparator = "numeric";
  entry.models = {"mlp"};
  entry.datasets = {"optdigits"};
  entry.sampling.repeats.values = {repeats};
  entry.sampling.temperature.values = std::move(temperatures);
  entry.params = {{"lr", {{Scalar(0.5)}}}};
  plan.models = {model};
  plan.datasets = {dataset};
  plan.entries = {entry};
  plan.metrics = std::move(metrics);
  plan.lay_out();
  return plan;
}

/// A scored record. Its texts and tokens follow from the ordinal.
inline Record scored(Ordinal ordinal, double score, std::string answer = "7") {
  Record record;
  record.ordinal = ordinal;
  record.outcome = Outcome::scored;
  record.finish_reason = FinishReason::stop;
  record.score = score;
  record.tokens_in = 10;
  record.tokens_out = 2;
  record.seconds = 0.25F;
  record.texts[0] = "completion of " + std::to_string(ordinal);
  record.texts[1] = std::move(answer);
  return record;
}

/// A record of an outcome that has no score, or counts as 0.
inline Record unscored(Ordinal ordinal, Outcome outcome, std::uint32_t attempt = 1) {
  Record record = scored(ordinal, 0.0, "");
  record.outcome = outcome;
  record.attempt = attempt;
  if (!is_counted(outcome)) record.score = std::numeric_limits<double>::quiet_NaN();
  return record;
}

/// A run directory with shards to be filled.
struct TestRun {
  explicit TestRun(Plan the_plan)
      : plan(std::move(the_plan)), run(RunDir::create(dir.path() / "run", plan, "version: 1\n")) {}

  /// Commits one shard and returns its name.
  std::string commit(const std::vector<Record>& records, std::uint32_t rank = 0,
                     std::uint32_t sequence = 0) const {
    RecordBatch batch;
    for (const Record& record : records) batch.add(record);
    return commit_batch(batch, rank, sequence);
  }
  std::string commit_batch(RecordBatch& batch, std::uint32_t rank = 0,
                           std::uint32_t sequence = 0) const {
    const ShardOrigin origin{plan.run_id,  plan.digest(), ElementId(0), RankId(rank),
                             AttemptId(1), "0.1.0",       "node1"};
    return commit_shard(run, origin, sequence, batch).name;
  }
  [[nodiscard]] std::filesystem::path current() const { return run.results() / "current"; }
  [[nodiscard]] std::string output(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(current() / name, std::ios::binary).rdbuf();
    return text.str();
  }

  TempDir dir;
  Plan plan;
  RunDir run;
};

}  // namespace tally::aggregator
