#include "catch.hpp"
#include "fake_slurm.hpp"

// The job scripts, started by hand with programs of Slurm that are not.

namespace {

using Words = std::vector<std::string>;

const std::string kScripts = TALLY_SLURM_SCRIPTS;

/// Task 0 of array 7: its ranks end with 75, and nothing of it is ever done.
class Element {
 public:
  Element() {
    slurm.program("tally", "exit 75");
    slurm.program("tally-worker", "exit 75");
    slurm.program("srun", "if [ \"$1\" = --mpi=list ]; then echo none pmix; else exit 75; fi");
    slurm.program("mpirun", "exit 75");
    slurm.program("squeue", "");
    slurm.program("scancel", "");
    slurm.program("scontrol", "");
    slurm.program("sleep", "");
  }
  [[nodiscard]] ToolResult run(Words more = {}) const {
    Words words{"bash", kScripts + "/array.sbatch", slurm.folder().string(), "--bin",
                slurm.folder().string()};
    words.insert(words.end(), more.begin(), more.end());
    auto all = slurm.environment();
    all.insert({{"SLURM_ARRAY_JOB_ID", "7"}, {"SLURM_ARRAY_TASK_ID", "0"}, {"SLURM_NTASKS", "2"}});
    for (const auto& [name, value] : environment) all[name] = value;
    return run_tool(words, all);
  }
  /// A hook with this text, as the value of --setup or --container.
  [[nodiscard]] std::string hook(const std::string& text) const {
    return hooks_.file("hook.sh", text).string();
  }

  FakeSlurm slurm;
  std::map<std::string, std::string> environment;

 private:
  TempDir hooks_;
};

/// scontrol that refuses `times` requeues with these words.
std::string refusing(int times, const std::string& words) {
  return "[ \"$1\" = requeue ] || exit 0\n"
         "left=$(cat \"$0.left\" 2>/dev/null || echo " +
         std::to_string(times) +
         ")\n[ \"$left\" -gt 0 ] || exit 0\n"
         "echo $((left - 1)) >\"$0.left\"; echo '" +
         words + "' >&2; exit 1";
}

TEST_CASE("an element is queued again once the controller listens", "[cli][slurm]") {
  const auto words = GENERATE(
      as<std::string>(), "Socket timed out on send/recv operation", "Connection refused",
      "Unable to contact slurm controller (connect failure)", "Zero Bytes were transmitted");
  const Element element;
  element.slurm.program("scontrol", refusing(8, "slurm_requeue error: " + words));
  const ToolResult result = element.run();
  CAPTURE(result.err);
  CHECK(result.code == 75);
  CHECK(element.slurm.calls("scontrol requeue") == Words(9, "scontrol requeue 7_0"));
  CHECK_THAT(result.err, TALLY_CONTAINS("not yet: slurm_requeue error: " + words));
}

TEST_CASE("a requeue that is refused for good is asked for once", "[cli][slurm]") {
  const auto words =
      GENERATE(as<std::string>(), "Requested operation is presently disabled for job 7_0",
               "Access/permission denied", "Invalid job id specified");
  const Element element;
  element.slurm.program("scontrol", refusing(8, words));
  const ToolResult result = element.run();
  CHECK(result.code == 75);
  CHECK(element.slurm.calls("scontrol requeue") == Words{"scontrol requeue 7_0"});
  CHECK_THAT(result.err, TALLY_CONTAINS("not queued again: " + words + "; tally resume "));
}

}  // namespace
