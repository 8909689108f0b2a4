#include <signal.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "catch.hpp"
#include "replay_run.hpp"
#include "run_tool.hpp"

namespace {

// With 600 items in each, by four elements one after another: enough that a stop comes before the
// end, and no more.
#ifdef __SANITIZE_ADDRESS__
constexpr int kTasks = 150;  // an item takes several times as long
#else
constexpr int kTasks = 500;
#endif

std::vector<std::string> long_launch(const ReplayRun& run) {
  std::string values = "0";
  for (int i = 1; i < kTasks; ++i) values += fmt::format(",{}", i);
  std::vector<std::string> line{tally_program(),  "launch",    run.yaml(), "--output-dir",
                                run.output_dir(), "--workers", "2"};
  for (const std::string& setting :
       {"params.t=" + values, std::string("params.x=1"), std::string("params.y=a"),
        std::string("resources.elements=4")})
    line.insert(line.end(), {"-O", setting});
  return line;
}

constexpr auto kIndex = "results/current/score_index.jsonl";

/// The score index of a launch that nobody stopped, made once; empty when it failed.
const std::string& undisturbed_index() {
  static const std::string index = [] {
    const ReplayRun run;
    const ToolResult whole = run_tool(long_launch(run), {{"SOURCE_DATE_EPOCH", "0"}});
    return whole.code == 0 ? file_text(run.run() / kIndex) : std::string();
  }();
  return index;
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
  const std::string& undisturbed = undisturbed_index();
  REQUIRE_FALSE(undisturbed.empty());

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
  CHECK(file_text(run.run() / kIndex) == undisturbed);
}
