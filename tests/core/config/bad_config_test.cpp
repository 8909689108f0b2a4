#include <string>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/config/run_config.hpp"
#include "sample_config.hpp"

using namespace tally;

namespace {

// `text` in place of a line of the sample (0: appended), and the message it earns.
struct Bad {
  std::size_t line;
  std::string text;
  std::string message;
};

std::string first_task(const std::string& more) {
  return "tasks: [{evaluator: classify, models: [mlp], datasets: [digits], " + more + "}]";
}
std::string torch(const std::string& more) {
  return "models: [{name: mlp, backend: torchscript, weights: a.pt, " + more +
         "}, {name: old, backend: replay, completions: c.jsonl}]";
}
std::string csv(const std::string& more) {
  return "datasets: [{slug: digits, source: d.csv, format: csv, " + more +
         "}, {slug: gsm, source: g}]";
}

void check_refused(const Bad& bad) {
  const std::string text = SampleConfig().replace(bad.line, bad.text).text();
  CAPTURE(text);
  try {
    static_cast<void>(parse_run_config(text, "run.yaml"));
    FAIL_CHECK("accepted");
  } catch (const Error& error) {
    CHECK(error.what() == bad.message);
    CHECK(error.code() == Errc::config);
  }
}

}  // namespace

TEST_CASE("a bad top level or run section is refused", "[config]") {
  check_refused(GENERATE(values<Bad>({
      {1, "", "run.yaml:2: version: found nothing, expected 1"},
      {1, "version: 2", "run.yaml:1: version: found 2, expected 1"},
      {1, "version: \"1\"", "run.yaml:1: version: found \"1\", expected 1"},
      {1, "version: 01", "run.yaml:1: version: found 01, expected 1"},
      {0, "metric: [accuracy]", "run.yaml:6: metric: unknown key, did you mean metrics?"},
      {0, "k8s: {}",
       "run.yaml:6: k8s: unknown key, expected one of version, run, models, datasets, tasks, "
       "metrics, statistics, resources, retry, commit, slurm"},
      {0, "slurm: {partition: \"\"}",
       "run.yaml:6: slurm.partition: found \"\", expected a text without control characters"},
      {0, "slurm: {account: \"a\\nb\"}",
       "run.yaml:6: slurm.account: found \"a\\nb\", expected a text without control characters"},
      {0, "slurm: {extra: [partition]}",
       "run.yaml:6: slurm.extra[0]: found partition, expected an option in one word like "
       "--name=value"},
      {0, "slurm: {mpi: openmpi}",
       "run.yaml:6: slurm.mpi: found openmpi, expected auto, pmix, pmi2 or mpirun"},
      {0, "resources: {time: 90}",
       "run.yaml:6: resources.time: found 90, expected a limit like \"01:30:00\", \"2-00:00:00\" "
       "or "
       "90m, at least 1m"},
      {0, "resources: {time: \"00:00:59\"}",
       "run.yaml:6: resources.time: found \"00:00:59\", expected a limit like \"01:30:00\", "
       "\"2-00:00:00\" or 90m, at least 1m"},
      {0, "resources: {memory: 4GB}",
       "run.yaml:6: resources.memory: found 4GB, expected memory like 512MiB or 4GiB"},
      {2, "", "run.yaml:1: run: found nothing, expected a mapping"},
      {2, "run: demo", "run.yaml:2: run: found demo, expected a mapping"},
      {2, "run: {}",
       "run.yaml:2: run.id: found nothing, expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {2, "run: {id: ../../etc}",
       "run.yaml:2: run.id: found ../../etc, expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {2, "run: {id: a/b}",
       "run.yaml:2: run.id: found a/b, expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {2, "run: {id: .hidden}",
       "run.yaml:2: run.id: found .hidden, expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {2, "run: {id: \"a\\nb\"}",
       "run.yaml:2: run.id: found \"a\\nb\", expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {2, "run: {id: -rf}",
       "run.yaml:2: run.id: found -rf, expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {2, "run: {id: [a]}",
       "run.yaml:2: run.id: found a list, expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {2, "run: {id: " + std::string(65, 'x') + "}",
       "run.yaml:2: run.id: found " + std::string(60, 'x') +
           "..., expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {2, "run: {id: a, mode: train}", "run.yaml:2: run.mode: found train, expected eval"},
      {2, "run: {id: a, seed: -1}",
       "run.yaml:2: run.seed: found -1, expected 0..18446744073709551615"},
      {2, "run: {id: a, seed: 18446744073709551616}",
       "run.yaml:2: run.seed: found 18446744073709551616, expected 0..18446744073709551615"},
      {2, "run: {id: a, seed: 1e3}",
       "run.yaml:2: run.seed: found 1e3, expected 0..18446744073709551615"},
      {2, "run: {id: a, seed: 0x10}",
       "run.yaml:2: run.seed: found 0x10, expected 0..18446744073709551615"},
      {2, "run: {id: a, seed: +5}",
       "run.yaml:2: run.seed: found +5, expected 0..18446744073709551615"},
      {2, "run: {id: a, seed: }",
       "run.yaml:2: run.seed: found nothing, expected 0..18446744073709551615"},
      {2, "run: {id: a, seeed: 1}", "run.yaml:2: run.seeed: unknown key, did you mean seed?"},
  })));
}

TEST_CASE("a bad model is refused", "[config]") {
  check_refused(GENERATE(values<Bad>({
      {3, "models: []", "run.yaml:3: models: found an empty list, expected a list"},
      {3, "models: {name: mlp}", "run.yaml:3: models: found a mapping, expected a list"},
      {3, torch("wieghts: x"), "run.yaml:3: models[0].wieghts: unknown key, did you mean weights?"},
      {3, torch("batch: 0"), "run.yaml:3: models[0].batch: found 0, expected 1..65536"},
      {3, torch("batch: 65537"), "run.yaml:3: models[0].batch: found 65537, expected 1..65536"},
      {3, torch("batch: \"64\""), "run.yaml:3: models[0].batch: found \"64\", expected 1..65536"},
      {3, torch("batch: 64.0"), "run.yaml:3: models[0].batch: found 64.0, expected 1..65536"},
      {3, torch("device: gpu"),
       "run.yaml:3: models[0].device: found gpu, expected auto, cpu or cuda:0..cuda:63"},
      {3, torch("device: \"cuda:01\""),
       "run.yaml:3: models[0].device: found \"cuda:01\", expected auto, cpu or cuda:0..cuda:63"},
      {3, torch("completions: c.jsonl"),
       "run.yaml:3: models[0].completions: found with backend torchscript, expected only with "
       "replay"},
      {3, torch("duplicates: first"),
       "run.yaml:3: models[0].duplicates: found with backend torchscript, expected only with "
       "replay"},
      {3, torch("sha256: abc"),
       "run.yaml:3: models[0].sha256: found abc, expected 64 hexadecimal digits"},
      {3,
       "models: [{name: mlp, backend: torchscript}, "
       "{name: old, backend: replay, completions: c.jsonl}]",
       "run.yaml:3: models[0].weights: found nothing, expected a path"},
      {3,
       "models: [{name: mlp, backend: torchscript, weights: a.pt}, {name: old, backend: replay}]",
       "run.yaml:3: models[1].completions: found nothing, expected a path"},
      {3,
       "models: [{name: mlp, backend: torchscript, weights: a.pt}, "
       "{name: old, backend: replay, completions: c.jsonl, batch: 8}]",
       "run.yaml:3: models[1].batch: found with backend replay, expected only with torchscript"},
      {3,
       "models: [{name: mlp, backend: torchscript, weights: \"\"}, "
       "{name: old, backend: replay, completions: c.jsonl}]",
       "run.yaml:3: models[0].weights: found \"\", expected a path"},
      {3,
       "models: [{name: mlp, backend: torch, weights: a.pt}, "
       "{name: old, backend: replay, completions: c.jsonl}]",
       "run.yaml:3: models[0].backend: found torch, expected torchscript or replay"},
      {3,
       "models: [{name: mlp, backend: torchscript, weights: a.pt}, "
       "{name: mlp, backend: torchscript, weights: b.pt}, "
       "{name: old, backend: replay, completions: c.jsonl}]",
       "run.yaml:3: models[1].name: found mlp twice, expected distinct names"},
      {3, "models: [mlp, {name: mlp, backend: torchscript, weights: a.pt}]",
       "run.yaml:3: models[0]: found mlp, expected a mapping"},
      {3,
       "models: [{name: a b, backend: torchscript, weights: a.pt}, "
       "{name: old, backend: replay, completions: c.jsonl}]",
       "run.yaml:3: models[0].name: found a b, expected a name "
       "[A-Za-z0-9][A-Za-z0-9._/:@-]{0,63}"},
  })));
}

TEST_CASE("a bad dataset is refused", "[config]") {
  check_refused(GENERATE(values<Bad>({
      {4, csv("header: yes"), "run.yaml:4: datasets[0].header: found yes, expected true or false"},
      {4, csv("header: True"),
       "run.yaml:4: datasets[0].header: found True, expected true or false"},
      {4, csv("rows: 3-1"),
       "run.yaml:4: datasets[0].rows: found 3-1, expected ascending rows like 0-3,7"},
      {4, csv("rows: \"0-3,2\""),
       "run.yaml:4: datasets[0].rows: found \"0-3,2\", expected ascending rows like 0-3,7"},
      {4, csv("rows: \"\""),
       "run.yaml:4: datasets[0].rows: found \"\", expected ascending rows like 0-3,7"},
      {4, csv("rows: -5"),
       "run.yaml:4: datasets[0].rows: found -5, expected ascending rows like 0-3,7"},
      {4, csv("split: a/b"),
       "run.yaml:4: datasets[0].split: found a/b, expected a name "
       "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"},
      {4, csv("sha256: " + std::string(64, 'g')),
       "run.yaml:4: datasets[0].sha256: found " + std::string(60, 'g') +
           "..., expected 64 hexadecimal digits"},
      {4, "datasets: [{slug: digits, source: d}, {slug: gsm, source: g, header: true}]",
       "run.yaml:4: datasets[1].header: found with format jsonl, expected only with csv"},
      {4, "datasets: [{slug: digits, source: d, format: tsv}, {slug: gsm, source: g}]",
       "run.yaml:4: datasets[0].format: found tsv, expected csv, jsonl, gsm8k, humaneval, mbpp, "
       "lcb, apps, codecontests, ifeval or mmlu"},
      {4,
       "datasets: [{slug: digits, source: d.csv, format: mmlu, group_by: subject}, {slug: gsm, "
       "source: g}]",
       "run.yaml:4: datasets[0].group_by: found subject, expected none: an mmlu table has the "
       "columns question, A, B, C, D and letter"},
      {4, "datasets: [{slug: digits}, {slug: gsm, source: g}]",
       "run.yaml:4: datasets[0].source: found nothing, expected a path"},
      {4, "datasets: [{slug: digits, source: d}, {slug: gsm, source: g}, {slug: gsm, source: h}]",
       "run.yaml:4: datasets[2].slug: found gsm twice, expected distinct names"},
  })));
}

TEST_CASE("a bad task is refused", "[config]") {
  check_refused(GENERATE(values<Bad>({
      {5, "tasks: [{evaluator: clasify, models: [mlp], datasets: [digits]}]",
       "run.yaml:5: tasks[0].evaluator: found clasify, expected classify, free_response, code, "
       "external, instruction_following or multi_choice"},
      {5, "tasks: [{evaluator: classify, models: [mpl], datasets: [digits]}]",
       "run.yaml:5: tasks[0].models[0]: found mpl, expected one of mlp, old"},
      {5, "tasks: [{evaluator: classify, models: [mlp], datasets: [gsm8k]}]",
       "run.yaml:5: tasks[0].datasets[0]: found gsm8k, expected one of digits, gsm"},
      {5, "tasks: [{evaluator: classify, models: [], datasets: [digits]}]",
       "run.yaml:5: tasks[0].models: found an empty list, expected a list"},
      {5, "tasks: [{evaluator: classify, models: mlp, datasets: [digits]}]",
       "run.yaml:5: tasks[0].models: found mlp, expected a list"},
      {5, "tasks: [{evaluator: classify, models: [mlp, mlp], datasets: [digits]}]",
       "run.yaml:5: tasks[0].models[1]: found mlp twice, expected distinct values"},
      {5, "tasks: [{evaluator: classify, models: [old], datasets: [digits]}]",
       "run.yaml:5: tasks[0].models[0]: found old with backend replay, expected backend "
       "torchscript for classify"},
      {5, "tasks: [{evaluator: free_response, models: [mlp], datasets: [gsm], extractor: exact}]",
       "run.yaml:5: tasks[0].models[0]: found mlp with backend torchscript, expected backend "
       "replay for free_response"},
      {5, "tasks: [{evaluator: free_response, models: [old], datasets: [gsm]}]",
       "run.yaml:5: tasks[0].extractor: found nothing, expected openai:gsm8k, "
       "lm_eval:gsm8k_strict, lm_eval:gsm8k_flexible, lm_eval:gsm8k_cot, opencompass:gsm8k, "
       "lm_eval:mmlu_generative, lm_eval:mmlu_flan_cot, lm_eval:mmlu_pro, letter, numeric, boxed, "
       "first_line or exact"},
      {5, "tasks: [{evaluator: code, models: [old], datasets: [gsm], extractor: first}]",
       "run.yaml:5: tasks[0].extractor: found first, expected raw, humaneval:raw, first_block, "
       "lcb:last_block, opencompass:first_block or lm_eval:mbpp_first_block\n"
       "run.yaml:5: tasks[0].datasets[0]: found gsm, expected one with format humaneval, mbpp, "
       "lcb, "
       "apps or codecontests for code"},
      {5, "tasks: [{evaluator: instruction_following, models: [old], datasets: [gsm]}]",
       "run.yaml:5: tasks[0].datasets[0]: found gsm, expected one with format ifeval for "
       "instruction_following"},
      {5,
       "tasks: [{evaluator: free_response, models: [old], datasets: [gsm], extractor: "
       "loglikelihood}]",
       "run.yaml:5: tasks[0].extractor: found loglikelihood with free_response, expected "
       "openai:gsm8k, lm_eval:gsm8k_strict, lm_eval:gsm8k_flexible, lm_eval:gsm8k_cot, "
       "opencompass:gsm8k, lm_eval:mmlu_generative, lm_eval:mmlu_flan_cot, lm_eval:mmlu_pro, "
       "letter, numeric, boxed, first_line or exact"},
      {5, "tasks: [{evaluator: multi_choice, models: [old], datasets: [gsm], extractor: letter}]",
       "run.yaml:5: tasks[0].datasets[0]: found gsm, expected one with format mmlu for "
       "multi_choice"},
      {5, first_task("extractor: exact"),
       "run.yaml:5: tasks[0].extractor: found with evaluator classify, expected only with "
       "free_response, multi_choice or code"},
      {5,
       "tasks: [{evaluator: classify, models: [mlp], datasets: [digits]}, "
       "{evaluator: classify, models: [mlp], datasets: [digits]}]",
       "run.yaml:5: tasks[1].name: found classify twice, expected distinct names"},
      {5, first_task("cot: 1"), "run.yaml:5: tasks[0].cot: found 1, expected true or false"},
      {5, first_task("sampling: [1]"),
       "run.yaml:5: tasks[0].sampling: found a list, expected a mapping"},
      {5, first_task("sampling: {temprature: 1}"),
       "run.yaml:5: tasks[0].sampling.temprature: unknown key, did you mean temperature?"},
      {5, first_task("sampling: {temperature: [0.0, 0.5, hot]}"),
       "run.yaml:5: tasks[0].sampling.temperature[2]: found hot, expected a number 0..1000"},
      {5, first_task("sampling: {temperature: [0.5, 0.8, 0.50]}"),
       "run.yaml:5: tasks[0].sampling.temperature[2]: found 0.50 twice, expected distinct values"},
      {5, first_task("sampling: {temperature: [0.0, -0.0]}"),
       "run.yaml:5: tasks[0].sampling.temperature[1]: found -0.0 twice, expected distinct values"},
      {5, first_task("sampling: {temperature: .inf}"),
       "run.yaml:5: tasks[0].sampling.temperature: found .inf, expected a number 0..1000"},
      {5, first_task("sampling: {temperature: nan}"),
       "run.yaml:5: tasks[0].sampling.temperature: found nan, expected a number 0..1000"},
      {5, first_task("sampling: {temperature: []}"),
       "run.yaml:5: tasks[0].sampling.temperature: found an empty list, expected a number 0..1000"},
      {5, first_task("sampling: {temperature: [[1]]}"),
       "run.yaml:5: tasks[0].sampling.temperature[0]: found a list, expected a number 0..1000"},
      {5, first_task("sampling: {top_p: 0}"),
       "run.yaml:5: tasks[0].sampling.top_p: found 0, expected a number above 0, at most 1"},
      {5, first_task("sampling: {top_p: 1.01}"),
       "run.yaml:5: tasks[0].sampling.top_p: found 1.01, expected a number above 0, at most 1"},
      {5, first_task("sampling: {max_tokens: 64}"),
       "run.yaml:5: tasks[0].sampling.max_tokens: found 64, expected 0: classify generates no "
       "tokens"},
      {5, first_task("sampling: {max_tokens: [0, 64, 128]}"),
       "run.yaml:5: tasks[0].sampling.max_tokens: found 64, expected 0: classify generates no "
       "tokens"},
      {5, first_task("sampling: {repeats: 010}"),
       "run.yaml:5: tasks[0].sampling.repeats: found 010, expected 1..100000"},
      {5, first_task("params: {shots: 010}"),
       "run.yaml:5: tasks[0].params.shots: found 010, expected true, false, a decimal number or a "
       "text (quoted when it looks like a number)"},
      {5, first_task("params: {a: 9223372036854775808}"),
       "run.yaml:5: tasks[0].params.a: found 9223372036854775808, expected true, false, a decimal "
       "number or a text (quoted when it looks like a number)"},
      {5, first_task("params: {a: [x, yes]}"),
       "run.yaml:5: tasks[0].params.a[1]: found yes, expected true, false, a decimal number or a "
       "text (quoted when it looks like a number)"},
      {5, first_task("params: {a.b: 1}"),
       "run.yaml:5: tasks[0].params.a.b: found this key, expected a name "
       "[A-Za-z_][A-Za-z0-9_-]{0,63}"},
      {5, first_task("params: {a: {b: 1}}"),
       "run.yaml:5: tasks[0].params.a: found a mapping, expected true, false, a decimal number or "
       "a text (quoted when it looks like a number)"},
  })));
}

TEST_CASE("a bad external scorer is refused", "[config]") {
  const auto external = [](const std::string& more) {
    return "tasks: [{evaluator: external, models: [old], datasets: [gsm], " + more + "}]";
  };
  const std::string limits = "command: [a], limits: ";
  check_refused(GENERATE_COPY(values<Bad>({
      {5, external("cot: true"), "run.yaml:5: tasks[0].command: found nothing, expected a list"},
      {5, external("command: []"),
       "run.yaml:5: tasks[0].command: found an empty list, expected a list"},
      {5, external("command: [a, \"\"]"),
       "run.yaml:5: tasks[0].command[1]: found \"\", expected a text without control characters"},
      {5, external("command: [a], columns: [F1]"),
       "run.yaml:5: tasks[0].columns[0]: found F1, expected a name [a-z][a-z0-9_]{0,62}"},
      {5, external("command: [a], columns: [f1, f1]"),
       "run.yaml:5: tasks[0].columns[1]: found f1 twice, expected distinct values"},
      {5, external(limits + "{memory: 1GiB}"),
       "run.yaml:5: tasks[0].limits.memory: found memory with external, expected only wall and "
       "output"},
      {5, external(limits + "{wall: 1s, processes: 2}"),
       "run.yaml:5: tasks[0].limits.processes: found processes with external, expected only wall "
       "and output"},
      {5, external("command: [a], extractor: exact"),
       "run.yaml:5: tasks[0].extractor: found with evaluator external, expected only with "
       "free_response, multi_choice or code"},
      {5, first_task("command: [a]"),
       "run.yaml:5: tasks[0].command: found with evaluator classify, expected only with external"},
  })));
}

const std::string kMetricNames =
    "accuracy, avg@K, pass@K, pass^K, maj@K, g-pass@K:TAU, mg-pass@K, any@K, at-least@M, median, "
    "stddev, min, max, truncation_rate, mean:<column> or ratio:<column>/<column>";

TEST_CASE("bad metrics, resources, retries and commits are refused", "[config]") {
  check_refused(GENERATE(values<Bad>({
      {0, "metrics: [\"pass@4\"]",
       "run.yaml:6: metrics[0]: pass@4: found repeats 1, expected at least 4"},
      {0, "metrics: [accuracy, accuracy]",
       "run.yaml:6: metrics[1]: found accuracy twice, expected distinct values"},
      {0, "metrics: [acuracy]", "run.yaml:6: metrics[0]: found acuracy, expected " + kMetricNames},
      {0, "metrics: [pass@0]", "run.yaml:6: metrics[0]: found pass@0, expected " + kMetricNames},
      {0, "metrics: [\"mean:No\"]",
       "run.yaml:6: metrics[0]: found \"mean:No\", expected " + kMetricNames},
      {0, "metrics: [\"mean:nil\"]",
       "run.yaml:6: metrics[0]: mean:nil: found column nil, expected confidence or nll"},
      {0, "metrics: [\"ratio:nll/nil\"]",
       "run.yaml:6: metrics[0]: ratio:nll/nil: found column nil, expected confidence or nll"},
      {0, "metrics: [\"any@2\"]",
       "run.yaml:6: metrics[0]: any@2: found repeats 1, expected at least 2"},
      {0, "statistics: {cluster: group, interval: wilson}",
       "run.yaml:4: datasets[0].group_by: found none, expected a column or key: "
       "statistics.cluster is group\n"
       "run.yaml:4: datasets[1].group_by: found none, expected a column or key: "
       "statistics.cluster is group\n"
       "run.yaml:6: statistics.interval: found wilson, expected auto, t or bootstrap: "
       "statistics.cluster is group"},
      {0, "metrics: []", "run.yaml:6: metrics: found an empty list, expected a list"},
      {0, "resources: {ranks: 0}", "run.yaml:6: resources.ranks: found 0, expected 1..100000"},
      {0, "resources: {elements: 0}",
       "run.yaml:6: resources.elements: found 0, expected auto or 1..1000000"},
      {0, "resources: {elements: all}",
       "run.yaml:6: resources.elements: found all, expected auto or 1..1000000"},
      {0, "retry: {attempts: 101}", "run.yaml:6: retry.attempts: found 101, expected 1..100"},
      {0, "retry: {on: infra_error}", "run.yaml:6: retry.on: found infra_error, expected a list"},
      {0, "retry: {on: [timeout]}",
       "run.yaml:6: retry.on[0]: found timeout, expected infra_error or generation_error"},
      {0, "retry: {hang: 0s}", "run.yaml:6: retry.hang: found 0s, expected a duration 1s..48h"},
      {0, "retry: {hang: 49h}", "run.yaml:6: retry.hang: found 49h, expected a duration 1s..48h"},
      {0, "commit: {interval: 10}",
       "run.yaml:6: commit.interval: found 10, expected a duration 10ms..1h"},
      {0, "commit: {interval: 9ms}",
       "run.yaml:6: commit.interval: found 9ms, expected a duration 10ms..1h"},
      {0, "commit: {interval: 61m}",
       "run.yaml:6: commit.interval: found 61m, expected a duration 10ms..1h"},
      {0, "commit: {records: 0}", "run.yaml:6: commit.records: found 0, expected 1..100000000"},
  })));
}

TEST_CASE("a sweep over what replay cannot change is refused", "[config]") {
  const auto replayed = [](const std::string& sampling) {
    return "tasks: [{evaluator: free_response, models: [old], datasets: [gsm], extractor: exact, "
           "sampling: {" +
           sampling + "}}]";
  };
  const std::string end = "expected one: old replays what was recorded";
  check_refused(GENERATE_COPY(values<Bad>({
      {5, replayed("temperature: [0, 0.5]"),
       "run.yaml:5: tasks[0].sampling.temperature: found 2 values, " + end},
      {5, replayed("repeats: [1, 2], top_p: [0.5, 0.9, 1]"),
       "run.yaml:5: tasks[0].sampling.top_p: found 3 values, " + end},
      {5, replayed("max_tokens: [64, 128]"),
       "run.yaml:5: tasks[0].sampling.max_tokens: found 2 values, " + end},
  })));
  // One value is a label of what was recorded; repeats are in the file.
  const std::string labels = replayed("repeats: [1, 2], temperature: 0.7, top_p: [0.9]");
  CHECK_NOTHROW(parse_run_config(SampleConfig().replace(5, labels).text(), "run.yaml"));
}

TEST_CASE("a mean over a column that no task has is refused", "[config]") {
  const std::string free =
      "tasks: [{evaluator: free_response, models: [old], datasets: [gsm], extractor: exact}]";
  CHECK_THROWS_WITH(
      parse_run_config(SampleConfig().replace(5, free).replace(0, "metrics: [\"mean:nll\"]").text(),
                       "run.yaml"),
      "run.yaml:6: metrics[0]: mean:nll: found column nll, expected none: no evaluator of the run "
      "has "
      "any");
  // Beside a classify task it is a figure that some rows of the index have.
  CHECK_NOTHROW(
      parse_run_config(SampleConfig().replace(0, "metrics: [\"mean:nll\"]").text(), "run.yaml"));
}

TEST_CASE("all faults are reported together in the order of lines", "[config]") {
  const std::string text =
      "version: 3\n"
      "run: {id: a b}\n"
      "models:\n"
      "  - name: mlp\n"
      "    backend: torchscript\n"
      "    batch: 0\n"
      "datasets:\n"
      "  - {slug: d, source: x}\n"
      "tasks:\n"
      "  - evaluator: classify\n"
      "    models: [mlp, other]\n"
      "    datasets: [d]\n"
      "metrics: [\"maj@2\"]\n";
  CHECK_THROWS_WITH(
      parse_run_config(text, "dir/run.yaml"),
      "dir/run.yaml:1: version: found 3, expected 1\n"
      "dir/run.yaml:2: run.id: found a b, expected a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}\n"
      "dir/run.yaml:4: models[0].weights: found nothing, expected a path\n"
      "dir/run.yaml:6: models[0].batch: found 0, expected 1..65536\n"
      "dir/run.yaml:11: tasks[0].models[1]: found other, expected one of mlp\n"
      "dir/run.yaml:13: metrics[0]: maj@2: found repeats 1, expected at least 2");
}

TEST_CASE("a fault is not reported again by what hangs on it", "[config]") {
  // The evaluator decides the name, the backend and the extractor; the model's name the reference.
  check_refused({5,
                 "tasks: [{evaluator: classfy, models: [mlp], datasets: [gsm], extractor: exact}, "
                 "{evaluator: classify, models: [mlp], datasets: [digits]}]",
                 "run.yaml:5: tasks[0].evaluator: found classfy, expected classify, "
                 "free_response, code, external, instruction_following or multi_choice"});
  check_refused({3,
                 "models: [{name: -, backend: torchscript, weights: a}, "
                 "{name: old, backend: replay, completions: c}]",
                 "run.yaml:3: models[0].name: found -, expected a name "
                 "[A-Za-z0-9][A-Za-z0-9._/:@-]{0,63}"});
}

TEST_CASE("very many faults are cut off", "[config]") {
  std::string text = SampleConfig().text();
  for (int i = 0; i < 300; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  CHECK_THROWS_WITH(parse_run_config(text, "run.yaml"),
                    TALLY_CONTAINS("run.yaml:105: unknown99: unknown key") &&
                        TALLY_CONTAINS("\nand more, 300 faults in all") &&
                        !TALLY_CONTAINS("unknown100"));
}

TEST_CASE("the error knows the first fault's place", "[config]") {
  try {
    static_cast<void>(
        parse_run_config(SampleConfig().replace(2, "run: {id: a, sed: 1}").text(), "run.yaml"));
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.where().path == "run.yaml");
    CHECK(error.where().key == "run.sed");
    CHECK(error.where().line == 2);
  }
}
