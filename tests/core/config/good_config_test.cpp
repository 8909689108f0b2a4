#include <string>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/config/run_config.hpp"
#include "sample_config.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace std::chrono_literals;

namespace {

constexpr auto kEverything = R"(version: 1
run:
  id: Digits-2.a_b
  mode: eval
  seed: 18446744073709551615
models:
  - name: org/model:tag@rev
    backend: torchscript
    weights: models/../mlp.pt
    device: cuda:1
    batch: 128
    sha256: ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789
    price_in: 0.25
  - name: old
    backend: replay
    completions: /data/c.jsonl.gz
    duplicates: last
    sample_index: occurrence
datasets:
  - slug: digits
    split: train
    source: d.csv
    format: csv
    revision: 1998-07
    header: true
    id: 0
    input: 0-63
    target: "64"
    group_by: "64"
    rows: 0-3,7
  - {slug: gsm, source: g.jsonl}
tasks:
  - name: first
    evaluator: classify
    models: [org/model:tag@rev]
    datasets: [digits]
    cot: false
    sampling:
      repeats: [4, 8]
      temperature: [0.0, 0.8, 1e-3]
      top_p: 0.9
      max_tokens: 0
    params:
      shots: [0, 5]
      rate: 1.0
      flag: [true, false]
      note: ["12", 'true', plain text, "a \"b\" \\", 'it''s']
  - evaluator: free_response
    models: [old]
    datasets: [gsm]
    extractor: lm_eval:gsm8k_strict
    sampling: {max_tokens: 5}
metrics: [accuracy, avg@8, pass@4, pass^4, maj@8, "mean:nll"]
resources: {ranks: 16, cpus_per_rank: 2, gpus_per_rank: 1, elements: 40, max_running: 20}
retry: {attempts: 5, on: [infra_error], hang: 90s}
commit: {interval: 250ms, records: 1000}
)";

}  // namespace

TEST_CASE("a config with every key gives every field", "[config]") {
  const RunConfig config = parse_run_config(kEverything, "dir/run.yaml");
  CHECK(config.version == 1);
  CHECK(config.run.id == "Digits-2.a_b");
  CHECK(config.run.seed == 18446744073709551615U);
  REQUIRE(config.models.size() == 2);
  const ModelSpec& torch = config.models[0];
  CHECK(torch.name == "org/model:tag@rev");
  CHECK(torch.backend == ModelBackend::torchscript);
  CHECK(torch.weights == "dir/mlp.pt");
  CHECK(torch.device == "cuda:1");
  CHECK(torch.batch == 128);
  CHECK(torch.sha256 == "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
  CHECK(torch.line == 7);
  const ModelSpec& replay = config.models[1];
  CHECK(replay.backend == ModelBackend::replay);
  CHECK(replay.completions == "/data/c.jsonl.gz");
  CHECK(replay.duplicates == Duplicates::last);
  CHECK(replay.sample_index == SampleIndex::occurrence);
  REQUIRE(config.datasets.size() == 2);
  const DatasetSpec& digits = config.datasets[0];
  CHECK(digits.split == "train");
  CHECK(digits.source == "dir/d.csv");
  CHECK(digits.format == DatasetFormat::csv);
  CHECK(digits.revision == "1998-07");
  CHECK(digits.header);
  CHECK(digits.id == "0");
  CHECK(digits.input == "0-63");
  CHECK(digits.target == "64");
  CHECK(digits.rows == "0-3,7");
  CHECK(config.datasets[1].format == DatasetFormat::jsonl);
  CHECK(config.datasets[1].line == 31);
}

TEST_CASE("statistics and prices are read, and have defaults", "[config]") {
  const RunConfig config = parse_run_config(kEverything, "dir/run.yaml");
  CHECK(config.models[0].price_in == 0.25);
  CHECK_FALSE(config.models[0].price_out);
  CHECK(config.datasets[0].group_by == "64");
  CHECK(config.statistics.interval == tally::IntervalKind::automatic);
  CHECK(config.statistics.replicates == 1000);
  const RunConfig other = parse_run_config(
      kEverything, "dir/run.yaml",
      {{"datasets.1.group_by", "subject"},
       {"statistics",
        "{interval: bootstrap, replicates: 2000, short_docs: skip_doc, cluster: group}"}});
  CHECK(other.statistics.interval == tally::IntervalKind::bootstrap);
  CHECK(other.statistics.replicates == 2000);
  CHECK(other.statistics.short_docs == tally::ShortDocs::skip_doc);
  CHECK(other.statistics.cluster == tally::ClusterBy::group);
}

TEST_CASE("tasks keep their axes in the order written", "[config]") {
  const RunConfig config = parse_run_config(kEverything, "dir/run.yaml");
  REQUIRE(config.tasks.size() == 2);
  const TaskSpec& task = config.tasks[0];
  CHECK(task.name == "first");
  CHECK(task.models == std::vector<std::string>{"org/model:tag@rev"});
  CHECK(task.sampling.repeats.values == std::vector<std::uint32_t>{4, 8});
  CHECK(task.sampling.temperature.values == std::vector<double>{0.0, 0.8, 0.001});
  CHECK(task.sampling.top_p.values == std::vector<double>{0.9});
  CHECK(task.sampling.max_tokens.values == std::vector<std::uint32_t>{0});
  CHECK(task.comparator.empty());
  REQUIRE(task.params.size() == 4);
  CHECK(task.params[0].name == "shots");
  CHECK(task.params[0].axis.values == std::vector<Scalar>{std::int64_t{0}, std::int64_t{5}});
  CHECK(task.params[1].axis.values == std::vector<Scalar>{1.0});
  CHECK(task.params[2].axis.values == std::vector<Scalar>{true, false});
  CHECK(task.params[3].axis.values ==
        std::vector<Scalar>{std::string("12"), std::string("true"), std::string("plain text"),
                            std::string("a \"b\" \\"), std::string("it's")});
  const TaskSpec& other = config.tasks[1];
  CHECK(other.name == "free_response");
  CHECK(other.extractor == "lm_eval:gsm8k_strict");
  CHECK(other.comparator == "exact");
  CHECK(other.sampling.max_tokens.values == std::vector<std::uint32_t>{5});
}

TEST_CASE("an external scorer has a command, columns and two limits", "[config]") {
  const RunConfig config = parse_run_config(
      SampleConfig()
          .replace(5,
                   "tasks: [{evaluator: external, models: [old], datasets: [gsm], command: "
                   "[python3, ./s.py, -v, -v], columns: [f1, steps], limits: {wall: 5s, output: "
                   "1MiB}}]")
          .replace(0, "metrics: [\"mean:steps\"]")
          .text(),
      "dir/run.yaml");
  const TaskSpec& task = config.tasks[0];
  CHECK(task.name == "external");
  CHECK(task.command == std::vector<std::string>{"python3", "./s.py", "-v", "-v"});
  CHECK(task.columns == std::vector<std::string>{"f1", "steps"});
  CHECK(task.limits.wall == 5s);
  CHECK(task.limits.output == 1U << 20U);
}

TEST_CASE("resources, retries and commits are read", "[config]") {
  const RunConfig config = parse_run_config(kEverything, "dir/run.yaml");
  CHECK(config.metrics ==
        std::vector<std::string>{"accuracy", "avg@8", "pass@4", "pass^4", "maj@8", "mean:nll"});
  CHECK(config.resources.ranks == 16);
  CHECK(config.resources.cpus_per_rank == 2);
  CHECK(config.resources.gpus_per_rank == 1);
  CHECK(config.resources.elements == 40);
  CHECK(config.resources.max_running == 20);
  CHECK(config.retry.attempts == 5);
  CHECK(config.retry.on_infra_error);
  CHECK_FALSE(config.retry.on_generation_error);
  CHECK(config.retry.hang == 90s);
  CHECK(config.commit.interval == 250ms);
  CHECK(config.commit.records == 1000);
}

TEST_CASE("what is left out has its default", "[config]") {
  const RunConfig config = parse_run_config(SampleConfig().text(), "run.yaml");
  CHECK(config.run.mode == "eval");
  CHECK(config.run.seed == 0);
  CHECK(config.models[0].weights == "mlp.pt");
  CHECK(config.models[0].device == "auto");
  CHECK(config.datasets[0].split == "test");
  CHECK(config.tasks[0].name == "classify");
  CHECK(config.tasks[0].sampling.repeats.values == std::vector<std::uint32_t>{1});
  CHECK(config.tasks[0].sampling.temperature.values == std::vector<double>{0.0});
  CHECK(config.tasks[0].sampling.top_p.values == std::vector<double>{1.0});
  CHECK(config.metrics == std::vector<std::string>{"accuracy"});
  CHECK(config.resources.ranks == 2);
  CHECK(config.resources.elements == 0);
  CHECK(config.retry.attempts == 3);
  CHECK(config.retry.on_generation_error);
  CHECK(config.retry.hang == 30min);
  CHECK(config.commit.interval == 10s);
}

TEST_CASE("auto, an empty retry list and Windows line ends are welcome", "[config]") {
  std::string text =
      SampleConfig().replace(0, "resources: {elements: auto}\nretry: {on: []}").text();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.replace(at, 1, "\r\n");
  const RunConfig config = parse_run_config(text, "run.yaml");
  CHECK(config.resources.elements == 0);
  CHECK_FALSE(config.retry.on_infra_error);
  CHECK_FALSE(config.retry.on_generation_error);
}

TEST_CASE("a file is loaded, and paths start at its folder", "[config]") {
  const TempDir dir;
  const RunConfig config = load_run_config(dir.file("run.yaml", SampleConfig().text()));
  CHECK(config.models[0].weights == dir.path() / "mlp.pt");
  CHECK(config.datasets[0].source == dir.path() / "d.csv");
}
