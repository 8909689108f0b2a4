#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "fake_programs.hpp"
#include "fake_slurm.hpp"
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
                "-O",           "slurm.aggregate=" + kScripts + "/aggregate.sbatch"};
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
  const Words misleading{"SQUEUE_STATES", "SQUEUE_FORMAT", "SACCT_FORMAT",    "SCANCEL_INTERACTIVE",
                         "SBATCH_WAIT",   "SBATCH_ERROR",  "SBATCH_ARRAY_INX"};
  for (const std::string& name : misleading) cluster.environment[name] = "x";
  cluster.environment["SBATCH_ACCOUNT"] = "course";
  for (const char* name : {"squeue", "sacct", "scancel"})
    cluster.slurm.program(name, "env | grep -E '^(SQUEUE|SACCT|SCANCEL|SBATCH)_' >\"$0.env\"");
  cluster.slurm.program("sbatch",
                        "env | grep -E '^(SQUEUE|SACCT|SCANCEL|SBATCH)_' >\"$0.env\"; echo 7");
  CHECK(cluster.launch().code == 0);
  CHECK(cluster.tally({"status", cluster.run.run().string()}).code == 0);
  for (const char* name : {"squeue.env", "sacct.env"})
    CHECK(file_text(cluster.slurm.folder() / name) == "SBATCH_ACCOUNT=course\n");
  CHECK(file_text(cluster.slurm.folder() / "sbatch.env") == "SBATCH_ACCOUNT=course\n");
}

}  // namespace
