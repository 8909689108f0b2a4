#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/plan/plan.hpp"
#include "sample_plan.hpp"
#include "temp_dir.hpp"

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& now) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), now);
}

}  // namespace

TEST_CASE("a plan comes back as the same bytes and the same tasks", "[plan]") {
  const TempDir dir;
  const tally::Plan plan = sample_plan();
  const tally::Plan loaded = tally::load_plan(dir.file("plan.json", plan.json()));
  CHECK(loaded.json() == plan.json());
  CHECK(loaded.digest() == plan.digest());
  CHECK(loaded.seed == plan.seed);
  REQUIRE(loaded.tasks() == plan.tasks());
  for (std::uint64_t t = 0; t < plan.tasks(); ++t) {
    CHECK(loaded.task_id(loaded.task(t)) == plan.task_id(plan.task(t)));
  }
  CHECK(loaded.models[0].spec.completions == plan.models[0].file);
}

TEST_CASE("workers find the settings of the run in the plan", "[plan]") {
  const TempDir dir;
  tally::Plan plan = sample_plan();
  plan.retry.attempts = 7;
  plan.retry.hang = std::chrono::seconds(90);
  plan.commit.interval = std::chrono::milliseconds(250);
  const tally::Plan loaded = tally::load_plan(dir.file("plan.json", plan.json()));
  CHECK(loaded.retry.attempts == 7);
  CHECK(loaded.retry.hang == std::chrono::seconds(90));
  CHECK(loaded.commit.interval == std::chrono::milliseconds(250));
}

TEST_CASE("a plan that is not ours is refused with file and key", "[plan]") {
  struct Bad {
    const char* what;
    const char* now;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {"tally-plan", "other-plan", ": format: found 'other-plan', expected 'tally-plan'"},
      {"\"version\": 1", "\"version\": 2", ": version: found 2, expected at most 1"},
      {"\"limit\": 0", "\"limit\": 0,\n  \"extra\": 1",
       ": extra: found an unknown key, expected none"},
      {"\"limit\": 0", "\"limits\": 0", ": limit: found no such key, expected one"},
      {"\"limit\": 0", "\"limit\": \"0\"", ": limit: found \"0\", expected an unsigned integer"},
      {"\"batch\": 64", "\"batch\": 4294967296",
       ": models.0.batch: found 4294967296, expected at most 4294967295"},
      {"\"replay\"", "\"openai\"",
       ": models.0.backend: found 'openai', expected one of torchscript, replay"},
      {"\"docs\": 5", "\"docs\": 6", ": items: found 980, expected 1104"},
      {"\"limit\": 0", "\"limit\":  0",
       ": found an edited plan, expected the bytes that `tally launch` wrote"},
      {"\"limit\": 0", "\"limit\": 0,\n  \"limit\": 0",
       ": found an edited plan, expected the bytes that `tally launch` wrote"},
      {"\"second\"", "second", ": found no JSON at byte"},
  }));
  const TempDir dir;
  const auto file = dir.file("plan.json", replaced(sample_plan().json(), bad.what, bad.now));
  CAPTURE(bad.now);
  CHECK_THROWS_WITH(tally::load_plan(file), TALLY_CONTAINS(file.string() + bad.message));
}

TEST_CASE("a plan cut short is refused", "[plan]") {
  const TempDir dir;
  const std::string text = small_plan(2, 2).json();
  // Every 37th byte, and each of the last ones, where most of the text is there.
  for (std::size_t size = text.size(); size-- > 0;) {
    if (size % 37 != 0 && size + 20 < text.size()) continue;
    const auto file = dir.file("plan.json", text.substr(0, size));
    CAPTURE(size);
    REQUIRE_THROWS_AS(tally::load_plan(file), tally::Error);
  }
}
