#include <cstdlib>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "fake_programs.hpp"
#include "fake_slurm.hpp"
#include "launcher/slurm/slurm_backend.hpp"
#include "replay_run.hpp"

// `tally` and a Slurm that is shell scripts: what a real one does rarely, or for longer than a test
// may take.

namespace {

using Words = std::vector<std::string>;

const std::string kScripts = TALLY_SLURM_SCRIPTS;

/// Takes every job, and has an empty queue.
class FakeCluster {
 public:
  FakeCluster() {
    slurm.program("sbatch",
                  "case \"$*\" in *--test-only*) exit 0 ;; esac\n"
                  "id=$(($(cat \"$0.id\" 2>/dev/null || echo 100) + 1)); echo $id | tee \"$0.id\"");
    for (const char* name : {"squeue", "sacct", "scancel", "scontrol"}) slurm.program(name, "");
  }
  [[nodiscard]] ToolResult tally(Words words) const {
    words.insert(words.begin(), programs_.tally());
    auto all = slurm.environment();
    for (const auto& [name, value] : environment) all[name] = value;
    return run_tool(std::move(words), all);
  }
  [[nodiscard]] ToolResult launch(const Words& more = {}) const {
    Words words{"launch",       run.yaml(),
                "--output-dir", run.output_dir(),
                "--on",         "slurm",
                "-O",           "slurm.script=" + kScripts + "/array.sbatch",
                "-O",           "slurm.aggregate=" + kScripts + "/aggregate.sbatch",
                "-O",           "retry.attempts=1"};
    words.insert(words.end(), more.begin(), more.end());
    return tally(words);
  }

  FakeSlurm slurm;
  ReplayRun run{3};
  std::map<std::string, std::string> environment;

 private:
  FakePrograms programs_{"exit 75", "exit 75"};
};

TEST_CASE("a person's variables for Slurm's programs do not change what we ask", "[cli][slurm]") {
  FakeCluster cluster;
  const Words misleading{"SQUEUE_STATES",       "SQUEUE_FORMAT",      "SACCT_FORMAT",
                         "SCANCEL_INTERACTIVE", "SBATCH_WAIT",        "SBATCH_ERROR",
                         "SBATCH_ARRAY_INX",    "SLURM_RESTART_COUNT"};
  for (const std::string& name : misleading) cluster.environment[name] = "x";
  cluster.environment["SBATCH_ACCOUNT"] = "course";
  for (const char* name : {"squeue", "sacct", "scancel"})
    cluster.slurm.program(name, "env | grep -E '^(SQUEUE|SACCT|SCANCEL|SBATCH)_' >\"$0.env\"");
  cluster.slurm.program(
      "sbatch",
      "env | grep -E '^(SQUEUE|SACCT|SCANCEL|SBATCH|SLURM_RESTART)_' >\"$0.env\"; "
      "echo 7");
  CHECK(cluster.launch().code == 0);
  CHECK(cluster.tally({"status", cluster.run.run().string()}).code == 0);
  for (const char* name : {"squeue.env", "sacct.env"})
    CHECK(file_text(cluster.slurm.folder() / name) == "SBATCH_ACCOUNT=course\n");
  CHECK(file_text(cluster.slurm.folder() / "sbatch.env") == "SBATCH_ACCOUNT=course\n");
}

TEST_CASE("a time limit of the site's own that leaves no time to work is said", "[cli][slurm]") {
  const FakeCluster cluster;
  const auto limit = GENERATE(as<std::string>(), "2:59", "0:30", "3:00", "1-00:00:00", "UNLIMITED");
  cluster.slurm.program("squeue", "name=$(grep -o 'name=[^ ]*.o0.[^ ]*' '" +
                                      (cluster.slurm.folder() / "calls").string() +
                                      "' | tail -1); echo \"101|0-1|PENDING|None|${name#*=}|" +
                                      limit + "\"");
  const ToolResult result = cluster.launch({"--json"});
  CAPTURE(limit, result.err);
  CHECK(result.code == 0);
  const auto warnings = nlohmann::json::parse(result.out)["warnings"];
  if (limit.size() > 4 || limit == "3:00") {
    CHECK(warnings.empty());
  } else {
    CHECK(warnings ==
          Words{"job 101: time limit: found 00:0" + limit.substr(0, 1) + ":" + limit.substr(2) +
                ", expected at least slurm.stop 2m and 1m more, "
                "which Slurm may be early"});
  }
}

TEST_CASE("a stop that comes too early is refused by line and key", "[cli][slurm]") {
  const FakeCluster cluster;
  std::string text = file_text(cluster.run.yaml()) + "slurm: {stop: 5m}\n";
  const std::string resources = "resources: {ranks: 2, elements: 2";
  text.insert(text.find(resources) + resources.size(), ", time: 5m");
  const auto yaml = cluster.run.write("more.yaml", text).string();
  const ToolResult result = cluster.tally({"plan", yaml});
  CHECK(result.code == 78);
  CHECK_THAT(result.err, TALLY_CONTAINS(yaml + ":14: resources.time: found 00:05:00, expected at "
                                               "least slurm.stop 5m and 1m more, which Slurm may "
                                               "be early"));
  CHECK(cluster.tally({"plan", yaml, "-O", "resources.time=6m"}).code == 0);
}

TEST_CASE("--dry-run needs no Slurm", "[cli][slurm]") {
  FakeCluster cluster;
  const auto scontrol = GENERATE(as<std::string>(), "exit 127",
                                 "echo 'Unable to contact slurm controller' >&2; exit 1");
  cluster.slurm.program("scontrol", scontrol);
  cluster.environment["SOURCE_DATE_EPOCH"] = "1700000000";  // the second may change between them
  const ToolResult away = cluster.launch({"--dry-run"});
  CAPTURE(away.err);
  CHECK(away.code == 0);
  CHECK_THAT(away.out, TALLY_CONTAINS("sbatch --parsable"));
  CHECK(cluster.slurm.calls("scontrol").size() == 1);
  CHECK_THAT(away.err, TALLY_CONTAINS("expected the site's limits; arrays are cut as Slurm's "
                                      "defaults are"));
  cluster.environment["PATH"] = "/nowhere";
  const ToolResult none = cluster.launch({"--dry-run"});
  CHECK(none.code == 0);
  CHECK(none.out == away.out);
  CHECK_FALSE(std::filesystem::exists(cluster.run.output_dir()));
}

TEST_CASE("what is queued stays queued when Slurm does not say what it thinks of it",
          "[cli][slurm]") {
  const FakeCluster cluster;
  cluster.slurm.program("squeue", "echo 'squeue: error: something else' >&2; exit 1");
  const ToolResult result = cluster.launch({"--json"});
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(cluster.slurm.calls("scancel").empty());
  const auto report = nlohmann::json::parse(result.out);
  CHECK(report["jobs"] == Words{"101", "102"});
  CHECK(report["warnings"] ==
        Words{"queued, but not looked at again (squeue: squeue: error: something else); see "
              "`tally status`"});
}

TEST_CASE("a job whose answer was lost for good is named, with what ends it", "[cli][slurm]") {
  using namespace tally;
  const FakeSlurm slurm;
  slurm.program("sbatch",
                "echo 'sbatch: error: Socket timed out on send/recv operation' >&2; exit 1");
  slurm.program("scontrol", "");
  const TempDir dir;
  Plan plan;
  plan.run_id = "digits";
  const RunDir run(dir.path() / "run");
  for (const auto& folder : {run.temp(), run.submit()}) std::filesystem::create_directories(folder);
  SubmitSpec spec;
  spec.slurm.script = kScripts + "/array.sbatch";
  spec.slurm.aggregate = kScripts + "/aggregate.sbatch";
  launcher::SlurmBackend backend(plan, spec, std::chrono::seconds(0));
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", slurm.environment().at("PATH").c_str(), 1);
  std::string message;
  try {
    static_cast<void>(backend.submit(run, {1, "slurm", 1, {IntervalSet(Interval{0, 4})}}));
  } catch (const Error& error) {
    CHECK(error.code() == Errc::unavailable);
    message = error.what();
  }
  ::setenv("PATH", path.c_str(), 1);
  const std::string job = "digits.s1.o0." + launcher::token_of(run, plan.digest());
  CHECK(message == "sbatch: sbatch: error: Socket timed out on send/recv operation; job " + job +
                       " may be queued all the same: once Slurm answers, `squeue --name=" + job +
                       "` shows it and `tally cancel " + run.root().string() + "` ends it");
}

TEST_CASE("a job whose answer was lost is not queued again when it has ended already",
          "[cli][slurm]") {
  const FakeCluster cluster;
  const std::string calls = (cluster.slurm.folder() / "calls").string();
  cluster.slurm.program("sbatch",
                        "case \"$*\" in *--test-only*) exit 0 ;; *.o0.*) \n"
                        "echo 'sbatch: error: Connection refused' >&2; exit 1 ;; esac; echo 102");
  cluster.slurm.program(
      "squeue", "case \"$*\" in *--states=all*) name=$(grep -o 'name=[^ ]*.o0.[^ ]*' '" + calls +
                    "' | tail -1); echo \"101|0-1|COMPLETED|None|${name#*=}|5:00\" ;; esac");
  const ToolResult result = cluster.launch({"--json"});
  CAPTURE(result.err);
  CHECK(result.code == 0);
  CHECK(cluster.slurm.calls("sbatch --parsable").size() == 2);
  CHECK(nlohmann::json::parse(result.out)["jobs"] == Words{"101", "102"});
}

/// After a launch on Slurm, whose array 101 lives on, the newest submission is a local one.
void go_on_here(const FakeCluster& cluster) {
  REQUIRE(cluster.launch().code == 0);
  const Words submit = cluster.slurm.calls("sbatch --parsable");
  REQUIRE(submit.size() == 2);
  const auto begin = submit.front().find("--job-name=") + 11;
  const std::string name = submit.front().substr(begin, submit.front().find(' ', begin) - begin);
  cluster.slurm.program("squeue", "[ -e \"$0.gone\" ] || echo '101|0-1|RUNNING|None|" + name + "'");
  cluster.slurm.program("scancel",
                        ": >'" + (cluster.slurm.folder() / "squeue.gone").string() + "'");
  const std::string run = cluster.run.run().string();
  REQUIRE(cluster.tally({"resume", run, "--on", "local", "--force"}).code == 75);
}

TEST_CASE("an array that lives on is seen after a submission elsewhere", "[cli][slurm]") {
  const FakeCluster cluster;
  go_on_here(cluster);
  const std::string run = cluster.run.run().string();

  const auto status = nlohmann::json::parse(cluster.tally({"status", run, "--json"}).out);
  CHECK(status["running"] == true);
  CHECK(status["notes"] == Words{"jobs of submission 1 are in Slurm's queue, too: 101"});

  const ToolResult refused = cluster.tally({"resume", run});
  CHECK(refused.code == 64);
  CHECK_THAT(refused.err, TALLY_CONTAINS("found 2 elements in Slurm's queue (jobs 101)"));

  const ToolResult cancel = cluster.tally({"cancel", run});
  CHECK(cancel.out == "ended\n");
  CHECK(cluster.slurm.calls("scancel") == Words{"scancel 101"});
  CHECK(cluster.tally({"cancel", run}).out == "nothing running\n");
  CHECK(cluster.tally({"resume", run}).code == 75);
}

TEST_CASE("a run that has left Slurm goes on where there is none", "[cli][slurm]") {
  const FakeCluster cluster;
  go_on_here(cluster);
  for (const char* name : {"squeue", "scancel"})
    cluster.slurm.program(name, "echo 'Unable to contact slurm controller' >&2; exit 1");
  const ToolResult result = cluster.tally({"resume", cluster.run.run().string()});
  CHECK(result.code == 75);
  CHECK(cluster.slurm.calls("squeue").size() == 2);  // by launch and now: nobody waits
  CHECK_THAT(result.err, TALLY_CONTAINS("no answer from Slurm, where the run was before"));
}

TEST_CASE("the scripts are kept as they were submitted", "[cli][slurm]") {
  const FakeCluster cluster;
  const auto mine = cluster.run.write("mine.sbatch", "#!/bin/bash\n# our site's own\n");
  CHECK(cluster.launch({"-O", "slurm.script=" + mine.string()}).code == 0);
  const auto submit = cluster.run.run() / "submit";
  CHECK(file_text(submit / "s0001.array.sbatch") == file_text(mine));
  CHECK(file_text(submit / "s0001.aggregate.sbatch") == file_text(kScripts + "/aggregate.sbatch"));
  // Slurm is given the copies.
  const auto given = [&](const std::string& script) {
    std::size_t found = 0;
    for (const std::string& call : cluster.slurm.calls("sbatch --parsable"))
      found += call.find(" " + (submit / script).string() + " ") == std::string::npos ? 0U : 1U;
    return found;
  };
  CHECK(given("s0001.array.sbatch") == 1);
  CHECK(given("s0001.aggregate.sbatch") == 1);
}

TEST_CASE("an aggregate that Slurm would refuse is known before anything is there",
          "[cli][slurm]") {
  const FakeCluster cluster;
  cluster.slurm.program(
      "sbatch",
      "case \"$*\" in *.aggregate.*) echo 'sbatch: error: no time limit given' >&2\n"
      "exit 1 ;; esac; echo 7");
  const auto verb = GENERATE(as<std::string>(), "--json", "--test-only");
  const ToolResult result = cluster.launch({verb});
  CHECK(result.code == 78);
  CHECK_THAT(result.err, TALLY_CONTAINS("aggregate: slurm: found a refusal (sbatch: error: no time "
                                        "limit given), expected a job"));
  CHECK(cluster.slurm.calls("sbatch --parsable").empty());
  CHECK_FALSE(std::filesystem::exists(cluster.run.output_dir()));
}

}  // namespace
