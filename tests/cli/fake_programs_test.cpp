#include "fake_programs.hpp"

#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "catch.hpp"
#include "core/plan/process_identity.hpp"
#include "replay_run.hpp"

using tally::identify_process;

namespace {

std::vector<std::string> launch_of(const FakePrograms& programs, const ReplayRun& run) {
  return {programs.tally(),       "launch", run.yaml(),        "--output-dir",
          run.output_dir(),       "--json", "--sequential",    "-O",
          "resources.elements=1", "-O",     "retry.attempts=2"};
}

/// A worker that says it is there and then waits for ever.
const std::string kWaiting = "echo $$ > $2/temp/new && mv $2/temp/new $2/worker-pid\n";
const std::string kForever = "while :; do sleep 0.05; done\n";

pid_t worker_of(const ReplayRun& run, RunningTool& tool) {
  for (;;) {
    const bool ended = tool.ended();  // before the look, which then sees all that it left
    pid_t pid = 0;
    if (std::ifstream(run.run() / "worker-pid") >> pid) return pid;
    REQUIRE_FALSE(ended);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// An aggregate that says it is there and goes on when it may, or when it is stopped.
const std::string kAggregating =
    "trap 'exit 75' TERM\ntouch $1/aggregating\nwhile [ ! -e $1/go ]; do sleep 0.02; done\n"
    "exit 75\n";

void wait_for_aggregate(const ReplayRun& run, RunningTool& tool) {
  while (!std::filesystem::exists(run.run() / "aggregating")) {
    REQUIRE_FALSE(tool.ended());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void wait_until_gone(pid_t pid) {
  while (identify_process(pid)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

TEST_CASE("what a worker's end means for the launch", "[cli][fake]") {
  struct Case {
    std::string script;
    int element_code;
    int starts;
    int launch_code;  // aggregate says 75
  };
  const auto c = GENERATE(values<Case>({
      {"exit 0", 75, 2, 75},  // an exit 0 with work left is not believed
      {"exit 1", 75, 2, 75},
      {"exit 69", 69, 2, 75},
      {"exit 74", 74, 2, 75},
      {"exit 70", 70, 1, 75},  // our bug: starting again does not help
      {"exit 65", 65, 1, 65},
      {"exit 66", 66, 1, 66},
      {"exit 64", 64, 1, 64},
      {"exit 78", 78, 1, 78},
      {"kill -KILL $$", 75, 2, 75},
      {"kill -SEGV $$", 75, 2, 75},
  }));
  const FakePrograms programs(c.script, "exit 75");
  const ReplayRun run(3);
  const ToolResult result = run_tool(launch_of(programs, run));
  CAPTURE(c.script, result.out, result.err);
  CHECK(result.code == c.launch_code);
  const auto report = nlohmann::json::parse(result.out);
  CHECK(report["elements"][0]["exit_code"] == c.element_code);
  CHECK(report["elements"][0]["starts"] == c.starts);
  CHECK(report["complete"] == false);
}

TEST_CASE("the errors of a worker are shown and logged", "[cli][fake]") {
  const FakePrograms programs("echo 't tally-worker error: no weights' >&2; exit 66", "exit 75");
  const ReplayRun run(3);
  const ToolResult result = run_tool(launch_of(programs, run));
  CHECK(result.code == 66);
  CHECK_THAT(result.err, TALLY_CONTAINS("t tally-worker error: no weights"));
  CHECK(file_text(run.run() / "logs/e00000.log") == "t tally-worker error: no weights\n");
}

TEST_CASE("logs are listed by path and shown by element", "[cli][fake]") {
  const FakePrograms programs("echo \"t tally-worker error: words of $4\" >&2; exit 70", "exit 75");
  const ReplayRun run(3);
  CHECK(run_tool({programs.tally(), "launch", run.yaml(), "--output-dir", run.output_dir()}).code ==
        75);
  const std::string folder = run.run().string();
  const auto list = run_tally({"logs", folder});
  CHECK(list.code == 0);
  CHECK(list.out == folder + "/logs/e00000.log\n" + folder + "/logs/e00001.log\n");
  const auto shown = run_tally({"logs", folder, "1"});
  CHECK(shown.code == 0);
  CHECK_THAT(shown.out, TALLY_CONTAINS("t tally-worker error: words of 1\n"));
  CHECK(shown.out == file_text(run.run() / "logs/e00001.log"));
  const auto beyond = run_tally({"logs", folder, "2"});
  CHECK(beyond.code == 64);
  CHECK_THAT(beyond.err, TALLY_CONTAINS("found element 2, expected 0..1 (submission 1)"));
  std::filesystem::remove(run.run() / "logs/e00001.log");
  const auto early = run_tally({"logs", folder, "1"});
  CHECK(early.code == 66);
  CHECK(early.out.empty());
  CHECK_THAT(early.err, TALLY_CONTAINS("e00001.log: found no log yet, expected one once it runs"));
}

TEST_CASE("an aggregate that fails or dies is no success", "[cli][fake]") {
  struct Case {
    std::string script;
    int code;
  };
  const auto c = GENERATE(values<Case>({{"exit 74", 74}, {"kill -KILL $$", 75}}));
  const FakePrograms programs("exit 0", c.script);
  const ReplayRun run(3);
  CHECK(run_tool(launch_of(programs, run)).code == c.code);
}

TEST_CASE("a missing program is named before anything is created", "[cli][fake]") {
  const auto name = GENERATE(as<std::string>(), "tally-worker", "aggregate");
  const FakePrograms programs("exit 0", "exit 0");
  programs.remove(name);
  const ReplayRun run(3);
  const ToolResult result = run_tool(launch_of(programs, run));
  CHECK(result.code == 66);
  CHECK_THAT(result.err, TALLY_CONTAINS("expected " + name + " beside tally"));
  CHECK_FALSE(std::filesystem::exists(run.output_dir()));
}

TEST_CASE("a stop reaches the worker as SIGUSR1", "[cli][fake]") {
  const FakePrograms programs(
      "trap 'echo usr1 >> $2/got; exit 75' USR1; trap 'echo term >> $2/got' TERM\n" + kWaiting +
          kForever,
      "exit 0");
  const ReplayRun run(3);
  RunningTool tool(launch_of(programs, run));
  static_cast<void>(worker_of(run, tool));
  const auto signal = GENERATE(SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGHUP);
  tool.signal(signal);
  const ToolResult result = tool.wait();
  CHECK(result.code == 75);
  CHECK(file_text(run.run() / "got") == "usr1\n");
  const auto report = nlohmann::json::parse(result.out);
  CHECK(report["stopped"] == true);
  CHECK(report["aggregate_exit_code"].is_null());
}

TEST_CASE("a worker that does not listen is killed after the grace", "[cli][fake]") {
  const FakePrograms programs("trap '' USR1 TERM\n" + kWaiting + kForever, "exit 0");
  const ReplayRun run(3);
  const FakePrograms quick("exit 75", "exit 75");
  REQUIRE(run_tool(launch_of(quick, run)).code == 75);  // a run with work left
  RunningTool tool({programs.tally(), "element", run.run().string(), "0", "--grace", "0"});
  const pid_t worker = worker_of(run, tool);
  tool.signal(SIGTERM);
  CHECK(tool.wait().code == 75);
  CHECK_FALSE(identify_process(worker).has_value());
}

TEST_CASE("cancel ends a launch gracefully, once", "[cli][fake]") {
  const FakePrograms programs("trap 'exit 75' USR1\n" + kWaiting + kForever, "exit 0");
  const ReplayRun run(3);
  RunningTool tool(launch_of(programs, run));
  static_cast<void>(worker_of(run, tool));

  const ToolResult refused = run_tool({programs.tally(), "resume", run.run().string()});
  CHECK(refused.code == 64);
  CHECK_THAT(refused.err, TALLY_CONTAINS("found a launch at work") &&
                              TALLY_CONTAINS("`tally cancel` it, or use --force"));

  RunningTool cancel({programs.tally(), "cancel", run.run().string()});
  CHECK(tool.wait().code == 75);  // reaped here: until then it is there as a zombie
  const ToolResult result = cancel.wait();
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(result.out == "ended\n");
  const ToolResult again = run_tool({programs.tally(), "cancel", run.run().string(), "--json"});
  CHECK(again.code == 0);
  CHECK(nlohmann::json::parse(again.out)["outcome"] == "nothing running");
}

TEST_CASE("a launch is at work until it has aggregated", "[cli][fake]") {
  const FakePrograms programs("exit 70", kAggregating);
  const ReplayRun run(3);
  RunningTool launch(launch_of(programs, run));
  wait_for_aggregate(run, launch);
  REQUIRE(tally::read_identity(run.run() / "submit/local.json")->pid == launch.pid());
  const ToolResult refused = run_tool({programs.tally(), "resume", run.run().string()});
  CHECK(refused.code == 64);
  CHECK_THAT(refused.err, TALLY_CONTAINS("found a launch at work"));
  RunningTool watch({programs.tally(), "status", run.run().string(), "--watch"});
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK_FALSE(watch.ended());

  SECTION("its own end") {
    std::ofstream(run.run() / "go").close();
    CHECK(launch.wait().code == 75);
  }
  SECTION("cancelled") {
    RunningTool cancel({programs.tally(), "cancel", run.run().string()});
    CHECK(launch.wait().code == 75);
    CHECK(cancel.wait().out == "ended\n");
  }
  CHECK_FALSE(std::filesystem::exists(run.run() / "submit/local.json"));
  CHECK(watch.wait().code == 0);
}

TEST_CASE("a launch leaves the record of another one alone", "[cli][fake]") {
  const FakePrograms programs("exit 70", kAggregating);
  const ReplayRun run(3);
  RunningTool launch(launch_of(programs, run));
  wait_for_aggregate(run, launch);
  const auto record = run.run() / "submit/local.json";
  std::ofstream(record) << tally::to_json(tally::own_identity());
  std::ofstream(run.run() / "go").close();
  CHECK(launch.wait().code == 75);
  CHECK(tally::read_identity(record) == tally::own_identity());
}

TEST_CASE("ranks do not outlive a launch that is killed", "[cli][fake]") {
  const FakePrograms programs("trap 'exit 75' USR1\n" + kWaiting + kForever, "exit 0");
  const ReplayRun run(3);
  RunningTool tool(launch_of(programs, run));
  const pid_t worker = worker_of(run, tool);
  tool.signal(SIGKILL);
  CHECK(tool.wait().signal == SIGKILL);
  wait_until_gone(worker);
  const ToolResult cancel = run_tool({programs.tally(), "cancel", run.run().string()});
  CHECK(cancel.out == "nothing running\n");  // the record of a killed launch is not believed
}

namespace {

/// An mpirun of three ranks, two of them on this host or the third without a name, for 0.2 s.
std::string mpirun_script(int here, const std::string& third) {
  return "shift 6\nexport OMPI_COMM_WORLD_LOCAL_SIZE=" + std::to_string(here) +
         "\nOMPI_COMM_WORLD_RANK=0 \"$@\" &\nOMPI_COMM_WORLD_RANK=1 \"$@\" &\n" + third +
         "\nwait\nexit 75\n";
}

/// Ranks that leave when they are asked, or by themselves after `seconds`.
std::string rank_script(int seconds) {
  return "trap 'echo $OMPI_COMM_WORLD_RANK >> $2/asked; exit 75' USR2\ni=0\n"
         "while [ $i -lt " +
         std::to_string(20 * seconds) + " ]; do sleep 0.05; i=$((i + 1)); done\nexit 75\n";
}

struct FakeElement {
  std::string asked;
  std::string err;
};

FakeElement run_three_ranks(const std::string& mpirun, const std::string& rank) {
  const ReplayRun run(3);
  const FakePrograms quick("exit 75", "exit 75");
  REQUIRE(run_tool(launch_of(quick, run)).code == 75);  // a run with work left
  FakePrograms programs(rank, "exit 75");
  programs.script("mpirun", mpirun);
  const std::string folder = std::filesystem::path(programs.tally()).parent_path().string();
  const ToolResult result =
      run_tool({programs.tally(), "element", run.run().string(), "0", "--ranks", "3"},
               {{"PATH", folder + ":" + std::getenv("PATH")}});
  CHECK(result.code == 75);
  return {file_text(run.run() / "asked"), result.err};
}

}  // namespace

TEST_CASE("ranks are asked to leave when one is gone before its name was known", "[cli][fake]") {
  const std::string third = GENERATE("sleep 0.2 &", ":");  // seen without a name, or never
  const FakeElement element = run_three_ranks(mpirun_script(3, third), rank_script(60));
  CAPTURE(third, element.err);
  CHECK((element.asked == "0\n1\n" || element.asked == "1\n0\n"));
  CHECK_THAT(element.err, TALLY_CONTAINS("found 2 of 3 ranks: asking them to commit and leave"));
}

TEST_CASE("a rank of another host and a helper of mpirun are not missed", "[cli][fake]") {
  const FakeElement element = run_three_ranks(mpirun_script(2, "sleep 0.2 &"), rank_script(4));
  CAPTURE(element.err);
  CHECK(element.asked.empty());
}

TEST_CASE("daemons of a worker are ended with their element", "[cli][fake]") {
  const FakePrograms programs("setsid sh -c '" + kWaiting.substr(0, kWaiting.size() - 1) +
                                  "; exec sleep 1000' tally-worker $@ &\n"
                                  "while [ ! -e $2/worker-pid ]; do sleep 0.01; done; exit 75",
                              "exit 75");
  const ReplayRun run(3);
  RunningTool tool(launch_of(programs, run));
  const pid_t daemon = worker_of(run, tool);
  CHECK(tool.wait().code == 75);
  CHECK_FALSE(identify_process(daemon).has_value());
}
