#include "launcher/slurm/job_state.hpp"

#include "catch.hpp"
#include "launcher/slurm/slurm_client.hpp"

namespace tally::launcher {
namespace {

TEST_CASE("a job's name tells the submission and the first element back", "[slurm]") {
  const std::string array = job_name("a.b-c", {3, 1000}, "1a2b3c4d");
  CHECK(array == "a.b-c.s3.o1000.1a2b3c4d");
  const auto parsed = parse_job_name(array, "1a2b3c4d");
  REQUIRE(parsed);
  CHECK(parsed->submission == 3);
  CHECK(parsed->offset == std::optional<std::uint32_t>(1000));
  const auto aggregate = parse_job_name(job_name("x", {1, std::nullopt}, "1a2b3c4d"), "1a2b3c4d");
  REQUIRE(aggregate);
  CHECK_FALSE(aggregate->offset);
}

TEST_CASE("names of other jobs are nobody's", "[slurm]") {
  const std::string name =
      GENERATE(as<std::string>{}, "", "bash", "1a2b3c4d", ".1a2b3c4d", "a.s1.o0.ffffffff",
               "a.s1.x0.1a2b3c4d", "a.1.o0.1a2b3c4d", ".s1.o0.1a2b3c4d", "a.s1.o.1a2b3c4d",
               "a.s1.o-1.1a2b3c4d", "a.s1.o99999999999.1a2b3c4d");
  CAPTURE(name);
  CHECK_FALSE(parse_job_name(name, "1a2b3c4d"));
}

TEST_CASE("two runs with one id have different tokens, and so do two plans", "[slurm]") {
  const Digest plan = sha256("a plan");
  CHECK(run_token("/runs/digits", plan) == run_token("/runs/digits", plan));
  CHECK(run_token("/runs/digits", plan) != run_token("/other/digits", plan));
  CHECK(run_token("/runs/digits", plan) != run_token("/runs/digits", sha256("another")));
  CHECK(run_token("/runs/digits", plan).size() == 8);
}

TEST_CASE("the queue's lines become tasks; foreign and broken lines are skipped", "[slurm]") {
  const auto lines = parse_queue(
      "7|0-3,9%2|PENDING|Resources|d.s1.o100.1a2b3c4d\n"
      "7|4|RUNNING|None|d.s1.o100.1a2b3c4d\n"
      "8|N/A|PENDING|Dependency|d.s1.aggregate.1a2b3c4d\n"
      "9|N/A|RUNNING|None|somebody else's | job\n"
      "x|0|RUNNING|None|d.s1.o100.1a2b3c4d\n"
      "10|0-zz|RUNNING|None|d.s1.o0.1a2b3c4d\n"
      "nonsense\n",
      "1a2b3c4d");
  REQUIRE(lines.size() == 4);
  REQUIRE(lines[0].tasks.size() == 5);
  CHECK(lines[0].tasks[4].task == std::optional<std::uint32_t>(9));
  CHECK(lines[0].tasks[4].state == JobState::waiting);
  CHECK(lines[0].tasks[4].reason == "Resources");
  CHECK(lines[0].name.offset == std::optional<std::uint32_t>(100));
  REQUIRE(lines[1].tasks.size() == 1);
  CHECK(lines[1].tasks[0].job == "7");
  CHECK(lines[1].tasks[0].state == JobState::running);
  CHECK(lines[1].tasks[0].reason.empty());
  CHECK_FALSE(lines[2].name.offset);
  REQUIRE(lines[2].tasks.size() == 1);
  CHECK_FALSE(lines[2].tasks[0].task);
  CHECK(lines[3].tasks.empty());
}

TEST_CASE("the time limit of a queue line is read in all its forms", "[slurm]") {
  using std::chrono::seconds;
  CHECK(queue_time_limit("0:59") == std::optional(seconds(59)));
  CHECK(queue_time_limit("3:00") == std::optional(seconds(180)));
  CHECK(queue_time_limit("1:00:00") == std::optional(seconds(3600)));
  CHECK(queue_time_limit("2-00:00:01") == std::optional(seconds(172'801)));
  for (const char* none : {"", "UNLIMITED", "NOT_SET", "INVALID", "a-0:00", "1:x"})
    CHECK_FALSE(queue_time_limit(none));
  const auto lines = parse_queue("7|0-3|PENDING|None|d.s1.o0.1a2b3c4d|10:00\n", "1a2b3c4d");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].limit == std::optional(seconds(600)));
}

TEST_CASE("accounting's lines become tasks", "[slurm]") {
  const auto tasks = parse_accounting(
      "7_4|COMPLETED|0:0|d.s1.o0.1a2b3c4d\n"
      "7_5|NODE_FAIL|0:0|d.s1.o0.1a2b3c4d\n"
      "7_5|FAILED|75:0|d.s1.o0.1a2b3c4d\n"
      "7_[0-1,3%2]|PENDING|0:0|d.s1.o0.1a2b3c4d\n"
      "8|CANCELLED by 1001|0:15|d.s1.aggregate.1a2b3c4d\n"
      "7_6|SOMETHING_NEW|0:0|d.s1.o0.1a2b3c4d\n"
      "7_4|FAILED|1:0|somebody else's, with the same id\n"
      "7_4|FAILED|1:0|d.s1.o0.ffffffff\n"
      "7_4|FAILED|1:0\n"
      "\n",
      "1a2b3c4d");
  REQUIRE(tasks.size() == 8);
  CHECK(tasks[0].state == JobState::completed);
  CHECK(tasks[0].reason.empty());
  CHECK(tasks[1].state == JobState::interrupted);
  CHECK(tasks[2].state == JobState::failed);
  CHECK(tasks[2].reason == "exit 75:0");
  CHECK(tasks[5].task == std::optional<std::uint32_t>(3));
  CHECK(tasks[6].state == JobState::cancelled);
  CHECK(tasks[6].word == "CANCELLED by 1001");
  CHECK_FALSE(tasks[6].task);
  CHECK(tasks[7].state == JobState::unknown);  // never "failed"
}

TEST_CASE("an empty answer tells nothing", "[slurm]") {
  CHECK(parse_queue("", "1a2b3c4d").empty());
  CHECK(parse_accounting("", "1a2b3c4d").empty());
}

TEST_CASE("reasons that no time heals are told apart from those of an ordinary wait", "[slurm]") {
  for (const char* reason : {"PartitionTimeLimit", "DependencyNeverSatisfied", "BadConstraints"})
    CHECK(never_starts(reason) == std::optional(std::string("it waits for ever: ") + reason));
  for (const char* reason : {"", "None", "Priority", "Resources", "Dependency", "JobArrayTaskLimit",
                             "BeginTime", "QOSMaxJobsPerUserLimit"})
    CHECK_FALSE(never_starts(reason));
}

TEST_CASE("the site's limits are read from scontrol's words", "[slurm]") {
  const SiteLimits limits = parse_limits(
      "JobRequeue              = 1\n"
      "MaxArraySize            = 11\n"
      "MaxJobCount             = 10000\n");
  CHECK(limits.max_array == 11);
  CHECK(limits.max_submit == 10000);
  CHECK(parse_limits("").max_array == 1001);
  CHECK(parse_limits("MaxArraySize = 0\n").max_array == 1001);
  CHECK(parse_max_submit("\n200\n50\n") == 50);
  CHECK(parse_max_submit("\n\n") == 0);
}

TEST_CASE("a controller that does not answer is told from one that refuses", "[slurm]") {
  CHECK(
      is_controller_away("sbatch: error: Batch job submission failed: Unable to contact slurm "
                         "controller (connect failure)"));
  CHECK(is_controller_away("slurm_load_jobs error: Socket timed out on send/recv operation"));
  CHECK(
      is_controller_away("sbatch: error: Batch job submission failed: Resource temporarily "
                         "unavailable"));
  CHECK_FALSE(is_controller_away("sbatch: error: invalid partition specified: nope"));
  CHECK_FALSE(is_controller_away(""));
}

}  // namespace
}  // namespace tally::launcher
