#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.hpp"
#include "replay_run.hpp"
#include "run_tool.hpp"

namespace fs = std::filesystem;

namespace {

ToolResult launch(const ReplayRun& run, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"launch", run.yaml(), "--output-dir", run.output_dir()});
  return run_tally(more);
}

std::string score_index(const fs::path& run) {
  return file_text(run / "results/current/score_index.jsonl");
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void flip_byte(const fs::path& file, std::streamoff from_end) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(-from_end, std::ios::end);
  const char byte = static_cast<char>(stream.get());
  stream.seekp(-from_end, std::ios::end);
  stream.put(static_cast<char>(byte ^ 1));
}

}  // namespace

TEST_CASE("a launch ends with every item scored", "[cli][launch]") {
  const ReplayRun run;
  const ToolResult result = launch(run, {"--workers", "2"});
  CAPTURE(result.out, result.err);
  CHECK(result.code == 0);
  CHECK_THAT(result.out, TALLY_CONTAINS("state    complete"));
  const std::string index = score_index(run.run());
  CHECK(lines_of(index) == 8);
  const auto row = nlohmann::json::parse(index.substr(0, index.find('\n')));
  CHECK(row["metrics"]["accuracy"].get<double>() == Approx(2.0 / 3.0));
  CHECK(row["complete"] == true);

  const auto status =
      nlohmann::json::parse(run_tally({"status", run.run().string(), "--json"}).out);
  CHECK(status["complete"] == true);
  CHECK(status["running"] == false);
  CHECK(status["recorded"] == 4800);
  CHECK(status["elements"].size() == 2);
  CHECK(status["elements"][0]["state"] == "done");
}

TEST_CASE("geometry does not show in the results", "[cli][launch]") {
  const ReplayRun wide;
  const ReplayRun narrow;
  CHECK(launch(wide, {"--workers", "3", "-O", "resources.elements=3"}).code == 0);
  CHECK(launch(narrow, {"--sequential"}).code == 0);
  CHECK_FALSE(score_index(wide.run()).empty());
  CHECK(score_index(wide.run()) == score_index(narrow.run()));
}

TEST_CASE("an existing run directory is refused and kept", "[cli][launch]") {
  const ReplayRun run;
  fs::create_directories(run.run());
  const auto before = tree_of(run.folder());
  const ToolResult result = launch(run);
  CHECK(result.code == 64);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, TALLY_CONTAINS(run.run().string() + ": exists; use `tally resume`"));
  CHECK(tree_of(run.folder()) == before);
}

TEST_CASE("a dry run shows the commands and writes nothing", "[cli][launch]") {
  const ReplayRun run;
  const auto before = tree_of(run.folder());
  const ToolResult text = launch(run, {"--dry-run", "--workers", "2"});
  CHECK(text.code == 0);
  CHECK_THAT(text.out, TALLY_CONTAINS("mpirun -n 2 --map-by :OVERSUBSCRIBE --bind-to none"));
  CHECK_THAT(text.out, TALLY_CONTAINS("\"format\": \"tally-submission\""));
  const ToolResult json = launch(run, {"--dry-run", "--json", "--workers", "2"});
  const auto dry = nlohmann::json::parse(json.out);
  CHECK(dry["submission"]["elements"] == nlohmann::json::array({"0-2399", "2400-4799"}));
  CHECK(dry["commands"][1] == tally_program() + " element " + run.run().string() + " 1 --ranks 2");
  CHECK(tree_of(run.folder()) == before);
}

TEST_CASE("resume does only what is missing", "[cli][resume]") {
  const ReplayRun run;
  REQUIRE(launch(run, {"--workers", "2"}).code == 0);
  const std::string index = score_index(run.run());
  const auto shards = files_in(run.run() / "shards");
  REQUIRE_FALSE(shards.empty());
  fs::remove(shards.front());
  const auto status =
      nlohmann::json::parse(run_tally({"status", run.run().string(), "--json"}).out);
  const auto missing = status["to_do"].get<std::uint64_t>();
  CHECK(missing > 0);

  const ToolResult result =
      run_tally({"resume", run.run().string(), "--json", "--elements", "3", "--workers", "2"});
  CAPTURE(result.err);
  CHECK(result.code == 0);
  const auto report = nlohmann::json::parse(result.out);
  CHECK(report["items"] == missing);
  CHECK(report["submission"] == 2);
  CHECK(score_index(run.run()) == index);

  const ToolResult again = run_tally({"resume", run.run().string()});
  CHECK(again.code == 0);
  CHECK_THAT(again.err, TALLY_CONTAINS("nothing to do"));
  CHECK(files_in(run.run() / "submit").size() == 2);
}

TEST_CASE("verify of one element says 0 or 75, and how much is left", "[cli][verify]") {
  const ReplayRun run;
  REQUIRE(launch(run, {"--workers", "2"}).code == 0);
  const auto verify = [&run](const std::string& element, const std::string& more = {}) {
    std::vector<std::string> arguments{"verify", run.run().string(), "--element", element};
    if (!more.empty()) arguments.push_back(more);
    return run_tally(arguments);
  };
  CHECK(verify("0").code == 0);
  CHECK(verify("0").out == "element 0: nothing of 2400 items is left to do\n");

  for (const fs::path& shard : files_in(run.run() / "shards")) {
    if (shard.filename().string().starts_with("e00001-")) flip_byte(shard, 100);
  }
  CHECK(verify("0").code == 0);
  CHECK(verify("1").code == 75);
  CHECK(verify("1").out == "element 1: 2400 of 2400 items are left to do\n");
  const auto report = nlohmann::json::parse(verify("1", "--json").out);
  CHECK(report["element"] == 1);
  CHECK(report["to_do"] == 2400);
  const ToolResult absent = verify("2");
  CHECK(absent.code == 64);
  CHECK_THAT(absent.err, TALLY_CONTAINS("found element 2, expected 0..1 (submission 1)"));
}

TEST_CASE("a flipped byte is found, named and done again", "[cli][verify]") {
  const ReplayRun run;
  REQUIRE(launch(run).code == 0);
  const ToolResult good = run_tally({"verify", run.run().string()});
  CAPTURE(good.out, good.err);
  CHECK(good.code == 0);
  CHECK_THAT(good.out, TALLY_CONTAINS("are good, 0 bad"));

  SECTION("in a shard") {
    const fs::path shard = files_in(run.run() / "shards").front();
    flip_byte(shard, 100);
    const ToolResult bad = run_tally({"verify", run.run().string()});
    CHECK(bad.code == 65);
    CHECK_THAT(bad.out, TALLY_CONTAINS("bad  shards/" + shard.filename().string()));
    const std::string index = score_index(run.run());
    CHECK(run_tally({"resume", run.run().string()}).code == 0);
    CHECK(score_index(run.run()) == index);
    CHECK(run_tally({"verify", run.run().string()}).code == 0);  // the bad one is in quarantine
  }
  SECTION("in the results") {
    flip_byte(run.run() / "results/current/score_index.jsonl", 5);
    const ToolResult bad = run_tally({"verify", run.run().string(), "--json"});
    CHECK(bad.code == 65);
    CHECK(nlohmann::json::parse(bad.out)["bad"][0]["name"] == "results/current/score_index.jsonl");
  }
}

TEST_CASE("a plan that changed under its shards is refused", "[cli][resume]") {
  const ReplayRun run;
  REQUIRE(launch(run).code == 0);
  std::string plan = file_text(run.run() / "plan.json");
  const auto seed = plan.find("\"seed\": 7");
  REQUIRE(seed != std::string::npos);
  plan.replace(seed, 9, "\"seed\": 8");
  std::ofstream(run.run() / "plan.json", std::ios::binary) << plan;
  const auto before = tree_of(run.run());
  const ToolResult result = run_tally({"resume", run.run().string()});
  CHECK(result.code == 65);
  CHECK_THAT(result.err, TALLY_CONTAINS("plan.json was changed after shards were written"));
  CHECK(tree_of(run.run()) == before);
}

TEST_CASE("a run nobody may write to is an I/O error with its path", "[cli][launch]") {
  const ReplayRun run;
  REQUIRE(launch(run).code == 0);
  fs::remove(files_in(run.run() / "shards").front());
  const auto remove_write = [](const fs::path& path) {
    fs::permissions(path, fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write,
                    fs::perm_options::remove);
  };
  for (const auto& entry : fs::recursive_directory_iterator(run.run())) {
    if (entry.is_directory()) remove_write(entry.path());
    fs::permissions(entry.path(), fs::perms::others_read, fs::perm_options::add);
  }
  fs::permissions(run.folder(),
                  fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  std::vector<std::string> command{tally_program(), "resume", run.run().string()};
  if (::geteuid() == 0) {  // root may write everywhere: go as nobody
    command.insert(command.begin(),
                   {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
  }
  const ToolResult result = run_tool(command);
  CAPTURE(result.out, result.err);
  CHECK(result.code == 74);
  CHECK_THAT(result.err, TALLY_CONTAINS((run.run() / "temp").string()));
  CHECK_THAT(result.err, TALLY_CONTAINS("Permission denied"));
  for (const auto& entry : fs::recursive_directory_iterator(run.run())) {
    if (entry.is_directory()) fs::permissions(entry.path(), fs::perms::owner_all);
  }
}

TEST_CASE("a run whose tries are used up is not told to resume", "[cli][launch]") {
  const ReplayRun files(20);
  // The third repeat of each doc was never recorded: a generation error.
  const ToolResult result = run_tally({"launch", files.yaml(), "--output-dir", files.output_dir(),
                                       "sampling.repeats=3", "retry.attempts=1"});
  const std::string state =
      "state    ended: nothing is left to do, but not every item counts: 160 failed and have no "
      "try left, invalid ones are in REPORT.txt\n";
  CAPTURE(result.err);
  CHECK(result.code == 75);
  CHECK_THAT(result.out, TALLY_CONTAINS(state));
  CHECK_THAT(result.out, !TALLY_CONTAINS("tally resume"));
  const ToolResult again = run_tally({"resume", files.run().string()});
  CHECK(again.code == 75);
  CHECK_THAT(again.out, TALLY_CONTAINS(state));
}
