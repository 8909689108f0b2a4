#pragma once
#include <fmt/format.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "aggregator/aggregate.hpp"
#include "aggregator/compare/published_run.hpp"
#include "run_fixture.hpp"

namespace tally::aggregator {

/// A run of one model, aggregated: `scores` by ordinal, one task per temperature.
struct PublishedTestRun {
  explicit PublishedTestRun(Plan plan, const std::vector<Record>& records) : test(std::move(plan)) {
    test.commit(records);
    aggregate();
  }
  PublishedTestRun(Plan plan, RecordBatch& batch) : test(std::move(plan)) {
    test.commit_batch(batch);
    aggregate();
  }
  void aggregate() const {
    const ShardChannel silent(-1);
    aggregate_run(test.run, silent);
  }
  [[nodiscard]] PublishedRun open() const {
    PublishedRun run = open_published_run(test.run.root());
    return run;
  }
  TestRun test;
};

/// A record of `score` for each ordinal from 0.
inline std::vector<Record> records_of(const std::vector<double>& scores) {
  std::vector<Record> records;
  for (const double score : scores) records.push_back(scored(records.size(), score));
  return records;
}

/// A scored record for each value of metric columns q and r.
inline RecordBatch column_records(const std::vector<float>& q, const std::vector<float>& r) {
  RecordBatch batch;
  batch.metric_names = {"q", "r"};
  for (std::size_t i = 0; i < q.size(); ++i) {
    Record record = scored(i, 1);
    record.metrics = {q[i], r[i]};
    batch.add(record);
  }
  return batch;
}

/// Doc `i` of readable_plan(), as a line of its file.
inline std::string doc_line(std::uint64_t i) {
  return fmt::format(
      "{{\"id\": \"d{}\", \"input\": \"{}\", \"target\": \"7\", \"topic\": \"t{}\"}}\n", i, i,
      i / 2);
}

/// Lets the dataset of `plan` be `text`, in a file of this name.
inline void set_docs(Plan& plan, const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
  plan.datasets[0].file = file;
  plan.datasets[0].digest = sha256(text);
}

/// make_plan() of one model, whose dataset is a file that can be read: docs d0, d1, ... in groups
/// of two.
inline Plan readable_plan(const TempDir& dir, const std::string& run_id, const std::string& model,
                          std::uint64_t docs, std::uint32_t repeats = 1) {
  std::string text;
  for (std::uint64_t i = 0; i < docs; ++i) text += doc_line(i);
  Plan plan = make_plan(docs, repeats);
  plan.run_id = run_id;
  plan.models[0].spec.name = model;
  plan.models[0].digest = sha256(model);
  plan.entries[0].models = {model};
  PlannedDataset& dataset = plan.datasets[0];
  set_docs(plan, dir.path() / "docs.jsonl", text);
  dataset.spec.id = "id";
  dataset.spec.input = "input";
  dataset.spec.target = "target";
  plan.lay_out();
  return plan;
}

}  // namespace tally::aggregator
