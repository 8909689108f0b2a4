#include "launcher/slurm/slurm_status.hpp"

#include "catch.hpp"

namespace tally::launcher {
namespace {

RunStatus status_of(std::size_t elements) {
  RunStatus status;
  status.submission = 1;
  for (std::uint32_t i = 0; i < elements; ++i) {
    ElementStatus element;
    element.element = ElementId(i);
    element.state = "waiting";
    element.to_do = 5;
    status.elements.push_back(element);
  }
  return status;
}

SubmitRecord record() {
  SubmitRecord record;
  record.number = 1;
  record.arrays = {{"7", 0, 3}, {"8", 3, 2}};
  record.aggregate = "9";
  return record;
}

/// Lines "7_0|COMPLETED|0:0" of accounting, each with the name of a job of this run.
std::vector<JobTask> past(const std::string& lines) {
  std::string named;
  for (const char c : lines) named += c == '\n' ? "|d.s1.o0.1a2b3c4d\n" : std::string(1, c);
  return parse_accounting(named, "1a2b3c4d");
}

TEST_CASE("queue and accounting are laid over the right elements of several arrays", "[slurm]") {
  RunStatus status = status_of(5);
  status.elements[0].to_do = 0;
  status.elements[0].state = "done";
  lay_over(status, {parse_queue("7|2|RUNNING|None|d.s1.o0.1a2b3c4d\n"
                                "8|1|PENDING|Resources|d.s1.o3.1a2b3c4d\n"
                                "9|N/A|PENDING|Dependency|d.s1.aggregate.1a2b3c4d\n",
                                "1a2b3c4d"),
                    past("7_0|COMPLETED|0:0\n7_1|NODE_FAIL|0:0\n7_2|RUNNING|0:0\n"
                         "8_0|FAILED|65:0\n"),
                    record()});
  CHECK(status.elements[0].state == "done");
  CHECK(status.elements[0].job == "7_0");
  CHECK(status.elements[1].state == "incomplete");
  CHECK(status.elements[1].scheduler == "NODE_FAIL");
  CHECK(status.elements[2].state == "running");
  CHECK(status.elements[3].state == "failed");
  CHECK(status.elements[3].scheduler == "FAILED (exit 65:0)");
  CHECK(status.elements[4].state == "waiting");
  CHECK(status.elements[4].scheduler == "PENDING (Resources)");
  CHECK(status.aggregate == "9 PENDING (Dependency)");
  CHECK(status.running);
  CHECK(status.queued);
}

TEST_CASE("an exit 0 with items left to do is not done", "[slurm]") {
  RunStatus status = status_of(1);
  lay_over(status, {{}, past("7_0|COMPLETED|0:0\n"), record()});
  CHECK(status.elements[0].state == "incomplete");
  CHECK_FALSE(status.running);
}

TEST_CASE("an element that ended unfinished is incomplete, as it is locally", "[slurm]") {
  struct Case {
    const char* line;
    const char* state;
  };
  const auto c = GENERATE(values<Case>({
      {"7_0|FAILED|75:0\n", "incomplete"},
      {"7_0|FAILED|1:0\n", "incomplete"},  // in place of 75: see array.sbatch
      {"7_0|FAILED|65:0\n", "failed"},
      {"7_0|FAILED|74:0\n", "failed"},
      {"7_0|FAILED|78:0\n", "failed"},
      {"7_0|FAILED|0:53\n", "failed"},  // Slurm could not start it
      {"7_0|FAILED|0:0\n", "failed"},
      {"7_0|OUT_OF_MEMORY|0:125\n", "failed"},
      {"7_0|TIMEOUT|0:0\n", "incomplete"},
      {"7_0|CANCELLED by 0|0:15\n", "cancelled"},
  }));
  RunStatus status = status_of(1);
  lay_over(status, {{}, past(c.line), record()});
  CAPTURE(c.line);
  CHECK(status.elements[0].state == c.state);
}

TEST_CASE("what accounting alone calls alive is not waited for", "[slurm]") {
  RunStatus status = status_of(2);
  status.elements[1].state = "lost";
  lay_over(status, {{}, past("7_0|PENDING|0:0\n7_1|RUNNING|0:0\n9|PENDING|0:0\n"), record()});
  CHECK(status.elements[0].state == "waiting");
  CHECK(status.elements[0].scheduler == "PENDING (not in the queue)");
  CHECK(status.elements[1].state == "lost");
  CHECK(status.elements[1].scheduler == "RUNNING (not in the queue)");
  CHECK(status.aggregate == "9 PENDING (not in the queue)");
  CHECK_FALSE(status.running);
  CHECK_FALSE(status.queued);
}

TEST_CASE("no answer, and a word that we do not know, change no state", "[slurm]") {
  RunStatus status = status_of(1);
  status.elements[0].state = "lost";
  lay_over(status, {});
  CHECK(status.elements[0].state == "lost");
  lay_over(status, {{}, past("7_0|BRAND_NEW|0:0\n"), record()});
  CHECK(status.elements[0].state == "lost");
  CHECK(status.elements[0].scheduler == "BRAND_NEW");
}

TEST_CASE("the queue is newer than accounting; other submissions are other work", "[slurm]") {
  RunStatus status = status_of(1);
  lay_over(status, {parse_queue("7|0|PENDING|BeginTime|d.s1.o0.1a2b3c4d\n"
                                "5|0|RUNNING|None|d.s2.o0.1a2b3c4d\n",
                                "1a2b3c4d"),
                    past("7_0|PREEMPTED|0:0\n"), record()});
  CHECK(status.elements[0].state == "waiting");
  CHECK(status.elements[0].scheduler == "PENDING (BeginTime)");
}

TEST_CASE("a job that can never start is said so", "[slurm]") {
  RunStatus status = status_of(3);
  lay_over(status, {parse_queue("7|0-2|PENDING|PartitionTimeLimit|d.s1.o0.1a2b3c4d\n", "1a2b3c4d"),
                    {},
                    record()});
  CHECK(status.notes == std::vector<std::string>{"job 7: it waits for ever: PartitionTimeLimit"});
}

}  // namespace
}  // namespace tally::launcher
