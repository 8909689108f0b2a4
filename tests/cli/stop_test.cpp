#include <signal.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "catch.hpp"
#include "replay_run.hpp"
#include "run_tool.hpp"

namespace {

/// 600 items in each of 500 tasks: enough work that a stop comes before the end.
std::vector<std::string> long_launch(const ReplayRun& run) {
  std::string values = "0";
  for (int i = 1; i < 500; ++i) values += fmt::format(",{}", i);
  return {tally_program(), "launch", run.yaml(),  "--output-dir",       run.output_dir(),
          "--workers",     "2",      "-O",        "params.t=" + values, "-O",
          "params.x=1",    "-O",     "params.y=a"};
}

void wait_for_shard(const ReplayRun& run, RunningTool& tool) {
  while (files_in(run.run() / "shards").empty()) {
    REQUIRE_FALSE(tool.ended());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

TEST_CASE("a stopped launch commits, ends with 75 and is finished by resume", "[cli][stop]") {
  const auto signal = GENERATE(SIGINT, SIGTERM);
  CAPTURE(signal);
  const ReplayRun whole;
  REQUIRE(run_tool(long_launch(whole), {{"SOURCE_DATE_EPOCH", "0"}}).code == 0);

  const ReplayRun run;
  RunningTool tool(long_launch(run), {{"SOURCE_DATE_EPOCH", "0"}});
  wait_for_shard(run, tool);
  tool.signal(signal);
  const ToolResult stopped = tool.wait();
  CAPTURE(stopped.out, stopped.err);
  CHECK(stopped.signal == 0);
  CHECK(stopped.code == 75);
  CHECK_THAT(stopped.out, TALLY_CONTAINS("continue with: tally resume " + run.run().string()));
  const auto status =
      nlohmann::json::parse(run_tally({"status", run.run().string(), "--json"}).out);
  CHECK(status["recorded"].get<std::uint64_t>() > 0);
  CHECK(status["running"] == false);

  const ToolResult resumed = run_tally({"resume", run.run().string(), "--workers", "3"});
  CAPTURE(resumed.err);
  CHECK(resumed.code == 0);
  CHECK(file_text(run.run() / "results/current/score_index.jsonl") ==
        file_text(whole.run() / "results/current/score_index.jsonl"));
}
