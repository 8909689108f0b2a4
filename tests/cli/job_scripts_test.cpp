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

TEST_CASE("a start whose node was given up does not requeue the newer one", "[cli][slurm]") {
  const Element element;
  // The second answer comes after a requeue that was refused: the newer start begins meanwhile.
  element.slurm.program("scontrol", refusing(1, "Job is pending execution"));
  element.slurm.program("squeue",
                        "echo x >>\"$0.asked\"; echo \"RUNNING $(($(wc -l <\"$0.asked\") - 1))\"");
  ToolResult result = element.run();
  CHECK(result.code == 75);
  CHECK(element.slurm.calls("scontrol requeue") == Words{"scontrol requeue 7_0"});
  CHECK_THAT(result.err, TALLY_CONTAINS("a newer start does this element"));
  result = element.run();
  CHECK(element.slurm.calls("scontrol requeue") == Words{"scontrol requeue 7_0"});
  element.slurm.program("squeue", "echo 'PENDING 0'");
  result = element.run();
  CHECK_THAT(result.err, TALLY_CONTAINS("Slurm calls this job PENDING"));
  CHECK(element.slurm.calls("scontrol requeue") == Words{"scontrol requeue 7_0"});
}

TEST_CASE("a start requeues its element whatever it is not told of newer ones", "[cli][slurm]") {
  const auto [count, answer] = GENERATE(table<std::string, std::string>(
      {{"1", "RUNNING 1"}, {"1", "RUNNING 0"}, {"0", "RUNNING N/A"}, {"0", "RUNNING"}, {"0", ""}}));
  CAPTURE(count, answer);
  Element element;
  element.environment["SLURM_RESTART_COUNT"] = count;
  element.slurm.program("squeue", "echo '" + answer + "'");
  CHECK(element.run().code == 75);
  CHECK(element.slurm.calls("scontrol requeue") == Words{"scontrol requeue 7_0"});
}

/// A program that does not answer twice, then says `answer`.
std::string answering_late(const std::string& answer) {
  return "echo x >>\"$0.asked\"; [ \"$(wc -l <\"$0.asked\")\" -gt 2 ] || exit 1; echo '" + answer +
         "'";
}

TEST_CASE("a script that ends asks again what Slurm did not answer", "[cli][slurm]") {
  Element element;
  element.environment["SLURM_JOB_NAME"] = "d.s1.o0.1a2b3c4d";
  element.slurm.program("scontrol", answering_late("RequeueExit = 78"));
  element.slurm.program("squeue", answering_late("8 d.s1.o1001.1a2b3c4d"));
  element.slurm.program("scancel", answering_late(""));
  const std::string hook = element.hook("exit 78");
  CHECK(element.run({"--setup", hook}).code == 1);
  CHECK(element.slurm.calls("scancel") == Words(3, "scancel --state=PENDING 7 8"));
  element.slurm.program("scontrol", "exit 1");  // never
  CHECK(element.run({"--setup", hook}).code == 78);
}

struct Site {
  std::string settings;
  int code;  // instead of 75
};
const std::vector<Site> kSites{
    {"RequeueExit             = (null)\nRequeueExitHold         = (null)", 75},
    {"RequeueExit             = 75", 1},
    {"RequeueExit             = 70-80", 1},
    {"RequeueExit             = 1-9,75", 10},
    {"RequeueExit             = (null)\nRequeueExitHold         = 75", 1},
    {"RequeueExit             = 2,75\nRequeueExitHold         = 1", 3},
    {"RequeueExit             = 1-74,76-80\nRequeueExitHold         = 175", 75},
    {"RequeueExit             = 1-255", 75},  // nothing is free
};

TEST_CASE("no script ends with a code that Slurm requeues or holds", "[cli][slurm]") {
  for (const Site& site : kSites) {
    CAPTURE(site.settings);
    const Element element;
    element.slurm.program("scontrol",
                          "[ \"$1 $2\" = 'show config' ] && echo '" + site.settings + "'");
    CHECK(element.run({"--attempts", "1"}).code == site.code);
    element.slurm.program("aggregate", "exit 75");
    const Words aggregate{"bash", kScripts + "/aggregate.sbatch", "/run", "--bin",
                          element.slurm.folder().string()};
    CHECK(run_tool(aggregate, element.slurm.environment()).code == site.code);
  }
}

TEST_CASE("codes that no other start would change are not requeued either", "[cli][slurm]") {
  const Element element;
  element.slurm.program("scontrol", "echo 'RequeueExit = 60-80'");
  CHECK(element.run({"--setup", element.hook("exit 65")}).code == 1);
  element.slurm.program("scontrol", "echo 'RequeueExit = 75'");
  CHECK(element.run({"--setup", element.hook("exit 65")}).code == 65);
}

TEST_CASE("a hook that splits words otherwise, and ends the script, changes no code",
          "[cli][slurm]") {
  Element element;
  element.slurm.program("scontrol", "echo 'RequeueExit = 70-80,1'");
  element.slurm.program("squeue", "echo '8 d.s1.o1001.1a2b3c4d'");
  element.environment["SLURM_JOB_NAME"] = "d.s1.o0.1a2b3c4d";
  const std::string hook = element.hook("IFS=$'\\n\\t'; exit 78");
  CHECK(element.run({"--setup", hook}).code == 2);
  CHECK(element.slurm.calls("scancel") == Words{"scancel --state=PENDING 7 8"});
  const Words aggregate{"bash",  kScripts + "/aggregate.sbatch",  "/run",
                        "--bin", element.slurm.folder().string(), "--setup",
                        hook};
  const ToolResult result = run_tool(aggregate, element.slurm.environment());
  CHECK(result.code == 2);
  CHECK(result.err.empty());
}

// Each script must work alone, so both have the functions.
TEST_CASE("both scripts judge exit codes alike", "[cli][slurm]") {
  const auto function = [](const std::string& script, const std::string& name) {
    const std::string text = file_text(kScripts + "/" + script);
    const auto begin = text.find("\n" + name + "() {");
    REQUIRE(begin != std::string::npos);
    return text.substr(begin, text.find("\n}\n", begin) - begin);
  };
  for (const std::string name : {"asked", "unlisted"})
    CHECK(function("array.sbatch", name) == function("aggregate.sbatch", name));
}

TEST_CASE("under mpirun ranks are not bound, and srun's options are said to be unused",
          "[cli][slurm]") {
  const Element element;
  element.slurm.program("mpirun", "env | grep binding_policy | sort >\"$0.env\"; exit 75");
  const ToolResult result =
      element.run({"--mpi", "mpirun", "--attempts", "1", "--", "--cpu-bind=none", "--a b"});
  CHECK_THAT(result.err, TALLY_CONTAINS("mpirun starts the ranks, so these options of srun have no "
                                        "effect: --cpu-bind=none --a b\n"));
  CHECK(element.slurm.calls("srun").empty());
  CHECK(file_text(element.slurm.folder() / "mpirun.env") ==
        "OMPI_MCA_hwloc_base_binding_policy=none\nPRTE_MCA_hwloc_default_binding_policy=none\n");
  const ToolResult without = element.run({"--mpi", "mpirun", "--attempts", "1"});
  CHECK(without.err.find("no effect") == std::string::npos);
}

TEST_CASE("what is wrong with all ends all arrays of the submission, and nothing else",
          "[cli][slurm]") {
  Element element;
  element.slurm.program("squeue",
                        "echo '7 d.s1.o0.1a2b3c4d'; echo '8 d.s1.o1001.1a2b3c4d'\n"
                        "echo '9 d.s1.aggregate.1a2b3c4d'; echo '10 d.s2.o0.1a2b3c4d'\n"
                        "echo '11 d.s1.o0.ffffffff'; echo '12 a b'; echo '13 xd.s1.o0.1a2b3c4d'");
  element.environment["SLURM_JOB_NAME"] = "d.s1.o0.1a2b3c4d";
  const auto code = GENERATE(64, 78);
  const std::string hook = element.hook("exit " + std::to_string(code));
  CHECK(element.run({"--setup", hook}).code == code);
  CHECK(element.slurm.calls("scancel") == Words{"scancel --state=PENDING 7 7 8"});
}

TEST_CASE("an array that was submitted by hand ends alone", "[cli][slurm]") {
  Element element;
  element.slurm.program("squeue", "echo '8 d.s1.o1001.1a2b3c4d'");
  element.environment["SLURM_JOB_NAME"] = "array.sbatch";
  CHECK(element.run({"--setup", element.hook("exit 78")}).code == 78);
  CHECK(element.slurm.calls("scancel") == Words{"scancel --state=PENDING 7"});
}

// Every variable that the scripts set before a hook, but the arrays that are its interface.
const std::string kCareless =
    "mpi=x stop=x pid=x run_dir=x element=x attempt=x max_attempts=0 attempts=0 offset=x tasks=x\n"
    "bin_dir=x setup_file=x container_file=x interrupted=x srun_arguments=(x) name=x hook=x "
    "code=x\n"
    "start=(x) kinds=x\n";

TEST_CASE("a hook's variables are not the script's", "[cli][slurm]") {
  const Element element;
  const ToolResult result =
      element.run({"--setup", element.hook(kCareless), "--mpi", "pmi2", "--", "--cpu-bind=none"});
  CAPTURE(result.err);
  CHECK(result.code == 75);
  const std::string folder = element.slurm.folder().string();
  CHECK(element.slurm.calls("srun") ==
        Words{"srun --mpi=pmi2 --input=none --label --cpu-bind=cores --kill-on-bad-exit=1 "
              "--cpu-bind=none " +
              folder + "/tally-worker --run " + folder + " --element 0"});
  CHECK(element.slurm.calls("scontrol requeue") == Words{"scontrol requeue 7_0"});
  CHECK_THAT(result.err, TALLY_CONTAINS("element 0, attempt 1: the ranks ended with 75"));

  element.slurm.program("aggregate", "exit 0");
  const Words aggregate{"bash",    kScripts + "/aggregate.sbatch", "/run",
                        "--setup", element.hook(kCareless),        "--bin",
                        folder};
  CHECK(run_tool(aggregate, element.slurm.environment()).code == 0);
  CHECK(element.slurm.calls("aggregate") == Words{"aggregate /run"});
}

TEST_CASE("a hook reads the element and the run, and sets the words before the worker",
          "[cli][slurm]") {
  const Element element;
  const std::string hook = element.hook(
      "container=(env \"A=$run_dir\" \"B=$element.$attempt\") worker=(inside) tally=(env tally)");
  CHECK(element.run({"--container", hook, "--offset", "3"}).code == 75);
  const std::string folder = element.slurm.folder().string();
  const Words calls = element.slurm.calls("srun --mpi=pmix");
  REQUIRE(calls.size() == 1);
  CHECK_THAT(calls.front(),
             TALLY_CONTAINS(" env A=" + folder + " B=3.1 inside --run " + folder + " --element 3"));
}

TEST_CASE("variables that filter Slurm's programs for a person do not reach the script's calls",
          "[cli][slurm]") {
  Element element;
  element.environment["SQUEUE_STATES"] = "PENDING";
  element.environment["SCANCEL_INTERACTIVE"] = "1";
  for (const char* name : {"squeue", "scancel"})
    element.slurm.program(name, "env | grep -E '^(SQUEUE|SCANCEL)_' >>\"$0.env\"; true");
  CHECK(element.run().code == 75);
  CHECK(element.run({"--setup", element.hook("exit 78")}).code == 78);
  CHECK(element.slurm.calls("squeue").size() == 1);
  CHECK(element.slurm.calls("scancel").size() == 1);
  CHECK(file_text(element.slurm.folder() / "squeue.env").empty());
  CHECK(file_text(element.slurm.folder() / "scancel.env").empty());
}

}  // namespace
