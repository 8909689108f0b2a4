#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.hpp"
#include "replay_run.hpp"
#include "run_tool.hpp"

TEST_CASE("a plan is shown as agreed and writes nothing", "[cli][golden]") {
  const ReplayRun run;
  const auto before = tree_of(run.folder());
  const ToolResult text = run_tally({"plan", run.yaml()});
  CHECK(text.code == 0);
  CHECK(text.err.empty());
  std::string shown = text.out;  // how many run at once depends on the machine
  const auto geometry = shown.find("elements");
  REQUIRE(geometry != std::string::npos);
  shown.erase(geometry, shown.find('\n', geometry) + 1 - geometry);
  check_golden("plan.txt", shown);

  const auto json = nlohmann::json::parse(run_tally({"plan", run.yaml(), "--json"}).out);
  CHECK(json["tasks"] == 8);
  CHECK(json["docs"] == 300);
  CHECK(json["repeats"] == nlohmann::json::array({2}));
  CHECK(json["items"] == 4800);
  CHECK(json["elements"] == 2);
  CHECK(json["first_task"]["identity"]["params"] ==
        nlohmann::json({{"t", 0}, {"x", 1}, {"y", "a"}}));
  CHECK(json["last_task"]["identity"]["params"] ==
        nlohmann::json({{"t", 1}, {"x", 2}, {"y", "b"}}));
  CHECK(json["last_task"]["first"] == 4200);
  CHECK(tree_of(run.folder()) == before);
}

TEST_CASE("a list has one line per task, in order", "[cli]") {
  const ReplayRun run;
  const ToolResult result = run_tally({"plan", run.yaml(), "--list", "--limit", "10"});
  CHECK(result.code == 0);
  std::istringstream lines(result.out);
  std::uint64_t index = 0;
  for (std::string line; std::getline(lines, line); ++index) {
    const auto task = nlohmann::json::parse(line);
    CHECK(task["index"] == index);
    CHECK(task["first"] == index * 20);
    CHECK(task["items"] == 20);
    CHECK(task["task_id"].get<std::string>().size() == 16);
    CHECK(task["identity"]["params"]["t"] == (index < 4 ? 0 : 1));
  }
  CHECK(index == 8);
}

TEST_CASE("overrides sweep, with -O and without", "[cli]") {
  const ReplayRun run;
  const auto tasks = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"plan", run.yaml(), "--json"});
    return nlohmann::json::parse(run_tally(more).out)["tasks"].get<int>();
  };
  CHECK(tasks({"sampling.repeats=1,2,3"}) == 24);
  CHECK(tasks({"-O", "sampling.repeats=1,2,3"}) == 24);
  CHECK(tasks({"-O", "sampling.repeats=1", "-O", "params.x=[1, 2, 3]"}) == 12);
  CHECK(tasks({"sampling.repeats=1,2,3", "-O", "sampling.repeats=1"}) == 8);
}

TEST_CASE("a thousand million items are planned, not enumerated", "[cli]") {
  const ReplayRun run;
  const ToolResult result = run_tally({"plan", run.yaml(), "--json", "--limit", "250", "-O",
                                       "sampling.repeats=100000", "-O", "sampling.temperature=0",
                                       "-O", "params.x=1,2,3,4,5", "-O", "params.y=a,b,c,d"});
  CHECK(result.code == 0);
  const auto plan = nlohmann::json::parse(result.out);
  CHECK(plan["items"] == 1'000'000'000);
  CHECK(plan["tasks"] == 40);
  CHECK(plan["last_task"]["first"] == 975'000'000);
}

TEST_CASE("bad input has its own exit code and writes nothing", "[cli]") {
  const ReplayRun run;
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string message;
  };
  const std::string zeros(64, '0');
  const std::vector<Case> cases{
      {{run.yaml(), "-O", "run.idd=x"}, 78, "run.idd"},
      {{run.yaml(), "-O", "resources.ranks=0"}, 78, "resources.ranks"},
      {{run.yaml(), "sampling.temperature=0,1"}, 78, "old replays what was recorded"},
      {{run.yaml(), "-O", "datasets.0.sha256=" + zeros}, 65, "sha256: found "},
      {{run.yaml(), "-O", "models.0.completions=absent.jsonl"}, 66, "absent.jsonl"},
      {{run.yaml() + ".absent"}, 66, "run.yaml.absent"},
  };
  const auto before = tree_of(run.folder());
  const bool launches = GENERATE(false, true);
  for (const Case& c : cases) {
    std::vector<std::string> arguments{launches ? "launch" : "plan"};
    arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
    if (launches) arguments.insert(arguments.end(), {"--output-dir", run.output_dir()});
    const ToolResult result = run_tally(arguments);
    CAPTURE(arguments, result.err);
    CHECK(result.code == c.code);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, TALLY_CONTAINS(c.message));
    CHECK(tree_of(run.folder()) == before);
  }
}

TEST_CASE("a wrong input is named with the file that names it", "[cli]") {
  const ReplayRun run;
  std::string text = file_text(run.yaml());
  text.replace(text.find("docs.jsonl"), 10, "absent.csv");
  const auto file = run.write("other.yaml", text);
  const ToolResult result = run_tally({"plan", file.string()});
  CHECK(result.code == 66);
  CHECK_THAT(result.err, TALLY_CONTAINS(file.string() + ":4: datasets[0].source: found no file " +
                                        (run.folder() / "absent.csv").string() + ", expected one"));
}

TEST_CASE("a config that is no YAML is refused with its line", "[cli]") {
  const ReplayRun run;
  const auto file = run.write("bad.yaml", "version: 1\nrun: {id: x\n");
  const ToolResult result = run_tally({"plan", file.string()});
  CHECK(result.code == 78);
  CHECK_THAT(result.err, TALLY_CONTAINS("bad.yaml:"));
}
