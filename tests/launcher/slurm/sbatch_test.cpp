#include "launcher/slurm/sbatch.hpp"

#include <algorithm>
#include <utility>

#include "catch.hpp"
#include "core/base/error.hpp"

namespace tally::launcher {
namespace {

using Words = std::vector<std::string>;

SlurmSubmission sample() {
  SlurmSubmission submission;
  submission.root = "/data/50% of \"it\"/$HOME";
  submission.run_id = "digits";
  submission.token = "1a2b3c4d";
  submission.number = 2;
  submission.ranks = 6;
  submission.programs = "/opt/tally/bin";
  submission.array = "/opt/tally/share/tally/slurm/array.sbatch";
  submission.aggregate = "/opt/tally/share/tally/slurm/aggregate.sbatch";
  return submission;
}

TEST_CASE("a plain submission passes only what it must", "[slurm]") {
  const Command command = array_command(sample(), {20, 10, 0, std::nullopt}, {});
  CHECK(command.environment.empty());
  CHECK(command.argv == Words{"sbatch",
                              "--parsable",
                              "--job-name=digits.s2.o20.1a2b3c4d",
                              "--comment=digits",
                              "--chdir=/data/50% of \"it\"/$HOME",
                              "--output=/data/50%% of \"it\"/$HOME/logs/%A_%a.log",
                              "--open-mode=append",
                              "--array=0-9",
                              "--ntasks=6",
                              "--cpus-per-task=1",
                              "--signal=B:USR1@120",
                              "--requeue",
                              "/opt/tally/share/tally/slurm/array.sbatch",
                              "/data/50% of \"it\"/$HOME",
                              "--offset",
                              "20",
                              "--bin",
                              "/opt/tally/bin",
                              "--attempts",
                              "3",
                              "--mpi",
                              "auto"});
}

TEST_CASE("everything that a config can say becomes one word of the command each", "[slurm]") {
  SlurmSubmission submission = sample();
  submission.root = "/runs/digits";
  SlurmSpec& slurm = submission.spec.slurm;
  slurm.partition = "gpu,long";
  slurm.account = "a b;rm -rf x";
  slurm.qos = "low";
  slurm.constraint = "[a100|h100]";
  slurm.reservation = "course";
  slurm.nodes = 4;
  slurm.stop = std::chrono::seconds(90);
  slurm.requeue = false;
  slurm.mpi = "pmi2";
  slurm.setup = "/home/me/env it.sh";
  slurm.container = "/home/me/container.sh";
  slurm.extra = {"--exclusive", "--mail-type=END"};
  slurm.srun = {"--gpu-bind=none"};
  ResourcesSpec& resources = submission.spec.resources;
  resources.cpus_per_rank = 3;
  resources.gpus_per_rank = 1;
  resources.memory = std::uint64_t{4} << 30U;
  resources.time = std::chrono::hours(36);
  CHECK(array_command(submission, {0, 3, 2, std::nullopt}, {"17"}).argv ==
        Words{"sbatch",
              "--parsable",
              "--job-name=digits.s2.o0.1a2b3c4d",
              "--comment=digits",
              "--chdir=/runs/digits",
              "--output=/runs/digits/logs/%A_%a.log",
              "--open-mode=append",
              "--partition=gpu,long",
              "--account=a b;rm -rf x",
              "--qos=low",
              "--reservation=course",
              "--array=0-2%2",
              "--dependency=afterany:17",
              "--constraint=[a100|h100]",
              "--nodes=4",
              "--ntasks=6",
              "--ntasks-per-node=2",
              "--cpus-per-task=3",
              "--gpus-per-task=1",
              "--mem-per-cpu=1366M",
              "--time=1-12:00:00",
              "--signal=B:USR1@90",
              "--no-requeue",
              "--exclusive",
              "--mail-type=END",
              "/opt/tally/share/tally/slurm/array.sbatch",
              "/runs/digits",
              "--offset",
              "0",
              "--bin",
              "/opt/tally/bin",
              "--setup",
              "/home/me/env it.sh",
              "--container",
              "/home/me/container.sh",
              "--attempts",
              "1",
              "--mpi",
              "pmi2",
              "--",
              "--gpu-bind=none"});
}

TEST_CASE("what Slurm would take and nobody wants is refused", "[slurm]") {
  SlurmSubmission submission = sample();
  for (const char* option :
       {"--array=0-1000", "--output=/dev/null", "-a0", "-o/dev/null", "--quiet", "--wait",
        "--test-only", "--ntasks=1", "-n1", "--version"}) {
    submission.spec.slurm.extra = {"--exclusive", option};
    CHECK_THROWS_WITH(check_submission(submission),
                      TALLY_CONTAINS("slurm.extra: found " + std::string(option) +
                                     ", expected none that the launcher sets"));
  }
  for (const auto& [option, own] :
       std::vector<std::pair<std::string, std::string>>{{"--outp=/dev/null", "--output"},
                                                        {"--arr=0", "--array"},
                                                        {"--dep=afterok:1", "--dependency"},
                                                        {"--ntask=1", "--ntasks"},
                                                        {"--no-req", "--no-requeue"},
                                                        {"-Hn1", "-n"}}) {
    submission.spec.slurm.extra = {option};
    CHECK_THROWS_WITH(
        check_submission(submission),
        "slurm.extra: found " + option + ", expected none that the launcher sets (" + own + ")");
  }
  for (const char* option : {"--clusters=other", "--cluster=other", "--clu=other", "-Mother"}) {
    submission.spec.slurm.extra = {option};
    CHECK_THROWS_WITH(check_submission(submission),
                      "slurm.extra: found " + std::string(option) +
                          ", expected no other cluster than that of squeue and scancel here");
  }
  submission.spec.slurm.extra = {"--exclusive",
                                 "--mail-type=END",
                                 "-xnode7",
                                 "--nodelist=n1",
                                 "--hold",
                                 "-H",
                                 "--time=10",
                                 "--ntasks-per-node=2",
                                 "--wait-all-nodes=1",
                                 "--export=NONE",
                                 "--nodes=1",
                                 "--cpus-per-task=2",
                                 "--begin=now+5",
                                 "--mem-per-cpu=100",
                                 "-N2",
                                 "--gpus-per-node=4",
                                 "--hint=nomultithread"};
  CHECK_NOTHROW(check_submission(submission));
  submission.spec.resources.time = std::chrono::seconds(179);
  CHECK_THROWS_WITH(check_submission(submission),
                    "resources.time: found 00:02:59, expected at least slurm.stop 2m and 1m more, "
                    "which Slurm may be early");
  submission.spec.resources.time = std::chrono::minutes(3);
  CHECK_NOTHROW(check_submission(submission));
  submission.spec.slurm.setup = "/no/such/file";
  CHECK_THROWS_WITH(check_submission(submission),
                    TALLY_CONTAINS("slurm.setup: found no file to read, expected one"));
  submission.spec.slurm.setup = "/tmp";  // a directory
  CHECK_THROWS_WITH(check_submission(submission), TALLY_CONTAINS("slurm.setup: found no file"));
}

TEST_CASE("the aggregate waits for every array, however it ends", "[slurm]") {
  const Command command = aggregate_command(sample(), {"5", "6"});
  const auto has = [&](const std::string& word) {
    return std::ranges::find(command.argv, word) != command.argv.end();
  };
  CHECK(has("--job-name=digits.s2.aggregate.1a2b3c4d"));
  CHECK(has("--dependency=afterany:5:6"));
  CHECK(has("--ntasks=1"));
  CHECK(command.argv[command.argv.size() - 4] == "/opt/tally/share/tally/slurm/aggregate.sbatch");
}

TEST_CASE("a path that Slurm's log names cannot hold is refused", "[slurm]") {
  CHECK_THROWS_WITH(
      log_pattern("/runs/back\\slash", "%A.log"),
      TALLY_CONTAINS("found a backslash in the path, expected one that Slurm can log to"));
  CHECK_THROWS_WITH(
      log_pattern("/runs/two\nlines", "%A.log"),
      TALLY_CONTAINS("found a control character in the path, expected one that Slurm can log to"));
}

}  // namespace
}  // namespace tally::launcher
