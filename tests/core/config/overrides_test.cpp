#include <string>
#include <vector>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/config/run_config.hpp"
#include "sample_config.hpp"

using namespace tally;

namespace {

RunConfig with(const std::vector<std::string>& texts) {
  std::vector<Override> overrides;
  for (const std::string& text : texts) overrides.push_back(parse_override(text));
  return parse_run_config(SampleConfig().text(), "run.yaml", overrides);
}

struct Bad {
  std::string text;
  std::string message;
};

}  // namespace

TEST_CASE("an override is a key and a value", "[config][overrides]") {
  const Override each = parse_override("a.b=c=d");
  CHECK(each.key == "a.b");
  CHECK(each.value == "c=d");
  CHECK(parse_override("a=").value.empty());
  CHECK_THROWS_WITH(parse_override("a.b"), "-O a.b: found no key=value, expected a.b.c=value");
  CHECK_THROWS_WITH(parse_override("=1"), "-O =1: found no key=value, expected a.b.c=value");
  try {
    static_cast<void>(parse_override("x"));
  } catch (const Error& error) {
    CHECK(error.code() == Errc::usage);
  }
}

TEST_CASE("overrides replace what is there and add what is not", "[config][overrides]") {
  const RunConfig config = with({"run.id=other", "run.seed=7", "resources.ranks=3",
                                 "retry={attempts: 2, on: [infra_error]}", "run.seed=8"});
  CHECK(config.run.id == "other");
  CHECK(config.run.seed == 8);  // the last one counts
  CHECK(config.resources.ranks == 3);
  CHECK(config.retry.attempts == 2);
  CHECK_FALSE(config.retry.on_generation_error);
}

TEST_CASE("a list is written with commas or brackets", "[config][overrides]") {
  const std::string value = GENERATE(values<std::string>({"0.5,1", "[0.5, 1]", " 0.5 , 1 "}));
  const RunConfig config = with({"tasks.0.sampling.temperature=" + value});
  CHECK(config.tasks[0].sampling.temperature.values == std::vector<double>{0.5, 1.0});
  CHECK(config.tasks[1].sampling.temperature.values == std::vector<double>{0.0});
}

TEST_CASE("sampling and params alone mean every task", "[config][overrides]") {
  const RunConfig config = with({"sampling.repeats=4", "params.shots=0,5", "metrics=[pass@4]"});
  for (const TaskSpec& task : config.tasks) {
    CHECK(task.sampling.repeats.values == std::vector<std::uint32_t>{4});
    REQUIRE(task.params.size() == 1);
    CHECK(task.params[0].axis.values == std::vector<Scalar>{std::int64_t{0}, std::int64_t{5}});
  }
}

TEST_CASE("elements of lists go by index, name, slug or evaluator", "[config][overrides]") {
  const RunConfig config =
      with({"models.mlp.batch=8", "datasets.digits.rows=0-9", "tasks.free_response.cot=true",
            "tasks[0].name=first", "models.1.duplicates=first", "models.mlp.weights='b,c.pt'"});
  CHECK(config.models[0].batch == 8);
  CHECK(config.models[0].weights == "b,c.pt");
  CHECK(config.models[1].duplicates == Duplicates::first);
  CHECK(config.datasets[0].rows == "0-9");
  CHECK(config.tasks[0].name == "first");
  CHECK(config.tasks[1].cot);
}

TEST_CASE("a name with dots is found, the longest first", "[config][overrides]") {
  const std::string text = SampleConfig()
                               .replace(3,
                                        "models: [{name: mlp, backend: torchscript, weights: a}, "
                                        "{name: mlp.v2.5, backend: torchscript, weights: b}, "
                                        "{name: old, backend: replay, completions: c}]")
                               .text();
  const RunConfig config = parse_run_config(text, "run.yaml", {{"models.mlp.v2.5.batch", "9"}});
  CHECK(config.models[0].batch == 64);
  CHECK(config.models[1].batch == 9);
}

TEST_CASE("a quoted override stays text", "[config][overrides]") {
  const RunConfig config = with({"params.a=\"12\"", "datasets.0.revision=\"2\""});
  CHECK(config.tasks[0].params[0].axis.values == std::vector<Scalar>{std::string("12")});
}

TEST_CASE("a bad override is refused by its own text", "[config][overrides]") {
  const auto bad = GENERATE(values<Bad>({
      {"run.seeds=1", "unknown key, did you mean seed?"},
      {"foo.id=x",
       "unknown key, expected one of version, run, models, datasets, tasks, metrics, statistics, "
       "resources, retry, commit"},
      {"run.seed=x", "found x, expected 0..18446744073709551615"},
      {"run.seed=1,2", "found a list, expected 0..18446744073709551615"},
      {"run.seed=", "found nothing, expected a value"},
      {"run.seed=null", "found nothing, expected 0..18446744073709551615"},
      {"run.id.x=1", "found a value before \"x\", expected a mapping"},
      {"run..id=1", "found an empty part in the key, expected a.b.c"},
      {"run.=1", "found an empty part in the key, expected a.b.c"},
      {"run={id: a, sed: 1}", "run.sed: unknown key, did you mean seed?"},
      {"tasks.2.cot=true", "found index 2, expected below 2"},
      {"models.nope.batch=1", "found no element nope, expected an index or one of mlp, old"},
      {"models.mlp.batch=0", "found 0, expected 1..65536"},
      {"models.old.batch=1", "found with backend replay, expected only with torchscript"},
      {"sampling.temperature=1,hot",
       "tasks[0].sampling.temperature[1]: found hot, expected a number 0..1000"},
      {"sampling.repeats=0", "found 0, expected 1..100000"},
      {"run.seed={a: 1", "illegal flow end"},
      {"run.seed=1], [2", "found a second document, expected one"},
      {"run.seed=&a 1", "found an anchor, expected none"},
      {"run.seed=!!int 1", "found the tag tag:yaml.org,2002:int, expected none"},
      {"run.id=a\tb\x01", "found byte 0x01, expected UTF-8 without control characters"},
      {"metrics=pass@4", "found pass@4, expected a list"},
      {"metrics=[pass@4]", "metrics[0]: pass@4: found repeats 1, expected at least 4"},
  }));
  CAPTURE(bad.text);
  try {
    static_cast<void>(with({bad.text}));
    FAIL_CHECK("accepted");
  } catch (const Error& error) {
    CHECK_THAT(std::string(error.what()),
               Catch::Matchers::StartsWith("-O " + bad.text + ": " + bad.message));
    CHECK(error.code() == Errc::config);
  }
}

TEST_CASE("faults of overrides and file are reported together", "[config][overrides]") {
  CHECK_THROWS_WITH(parse_run_config(SampleConfig().replace(1, "version: 9").text(), "run.yaml",
                                     {{"run.seed", "x"}, {"sampling.top_p", "2"}}),
                    "run.yaml:1: version: found 9, expected 1\n"
                    "-O run.seed=x: found x, expected 0..18446744073709551615\n"
                    "-O sampling.top_p=2: found 2, expected a number above 0, at most 1");
}
