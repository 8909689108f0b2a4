#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "core/plan/run_dir.hpp"
#include "core/shard/shard_reader.hpp"
#include "core/shard/shard_writer.hpp"
#include "worker/runner.hpp"

// A small run without files: docs are made up, the generator repeats the doc's text, the scorer
// finds it right when it equals the target.

namespace fakes {

/// `models` models of one entry over one dataset of `docs` docs.
inline tally::Plan plan(std::uint64_t docs, std::uint32_t repeats = 1, std::uint32_t models = 1) {
  tally::Plan plan;
  plan.run_id = "fake";
  plan.seed = 7;
  plan.created_at = "2026-01-01T00:00:00Z";
  plan.code_version = "0.0.0";
  tally::TaskSpec entry;
  entry.name = "fake";
  entry.evaluator = tally::Evaluator::free_response;
  entry.datasets = {"docs"};
  entry.sampling.repeats.values = {repeats};
  entry.sampling.temperature.values = {0.0, 0.5};
  for (std::uint32_t i = 0; i < models; ++i) {
    tally::PlannedModel model;
    model.spec.name = "model" + std::string(1, static_cast<char>('a' + i));
    entry.models.push_back(model.spec.name);
    plan.models.push_back(model);
  }
  tally::PlannedDataset dataset;
  dataset.spec.slug = "docs";
  dataset.docs = docs;
  plan.datasets.push_back(dataset);
  plan.entries.push_back(entry);
  plan.metrics = {"accuracy"};
  plan.lay_out();
  return plan;
}

/// Doc i has the text i; every third target differs from it.
inline std::vector<tally::Doc> docs(std::uint64_t count) {
  std::vector<tally::Doc> docs(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    docs[i].id = docs[i].text = std::to_string(i);
    docs[i].target = i % 3 == 0 ? "other" : docs[i].text;
  }
  return docs;
}

class Generator final : public tally::worker::Generator {
 public:
  explicit Generator(std::size_t batch) : batch_(batch) {}
  [[nodiscard]] std::size_t batch_size(const tally::Task& /*task*/) const override {
    return batch_;
  }
  void probe() override {}
  [[nodiscard]] std::vector<tally::worker::Completion> generate(
      std::span<const tally::worker::Request> requests,
      const tally::worker::StopFlag& /*stop*/) override {
    std::vector<tally::worker::Completion> out;
    for (const auto& request : requests) {
      auto& completion = out.emplace_back();
      completion.text = request.doc->text;
      completion.tokens_out = request.repeat + 1;
      if (request.doc->text != "13") continue;
      completion.outcome = tally::Outcome::infra_error;
      completion.error = "unlucky";
    }
    return out;
  }

 private:
  std::size_t batch_;
};

class Scorer final : public tally::worker::Scorer {
 public:
  [[nodiscard]] std::vector<std::string> metric_names() const override { return {"luck"}; }
  [[nodiscard]] tally::worker::Score score(const tally::Task& task, const tally::Doc& doc,
                                           const tally::worker::Completion& completion,
                                           tally::ItemRandom& random) const override {
    tally::worker::Score score;
    score.outcome = doc.text == "4" ? tally::Outcome::no_answer : tally::Outcome::scored;
    score.value = completion.text == doc.target ? 1.0 : task.temperature;
    score.answer = completion.text;
    score.metrics = {static_cast<float>(random.next_unit())};
    return score;
  }
};

inline tally::worker::RunnerParts parts(std::size_t batch) {
  return {.generator = [batch](std::uint32_t) { return std::make_unique<Generator>(batch); },
          .scorer = [](const tally::TaskSpec&) { return std::make_unique<Scorer>(); },
          .docs = [](const tally::PlannedDataset& dataset) { return docs(dataset.docs); }};
}

inline tally::ShardOrigin origin(const tally::Plan& plan) {
  return {.run_id = plan.run_id,
          .plan = plan.digest(),
          .element = tally::ElementId(0),
          .rank = tally::RankId(0),
          .attempt = tally::AttemptId(1),
          .code_version = "0.0.0",
          .host = "here"};
}

/// Every record of a run's shards, by ordinal.
inline std::vector<tally::Record> records(const tally::RunDir& run) {
  std::vector<tally::Record> out;
  for (const auto& entry : std::filesystem::directory_iterator(run.shards())) {
    const tally::ShardReader shard(tally::read_verified_shard(entry.path()), entry.path());
    const tally::RecordBatch batch = tally::read_batch(shard);
    for (std::size_t i = 0; i < batch.size(); ++i) out.push_back(batch.row(i));
  }
  std::ranges::sort(out, {}, &tally::Record::ordinal);
  return out;
}

inline std::size_t shard_count(const tally::RunDir& run) {
  const std::filesystem::directory_iterator all(run.shards());
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace fakes
