#include "aggregator/waiting.hpp"

#include "aggregator/program.hpp"
#include "catch.hpp"
#include "core/base/files.hpp"
#include "core/plan/process_identity.hpp"
#include "core/plan/progress.hpp"
#include "core/plan/submission.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

constexpr double kNow = 1'800'000'000.0;

void say(const TestRun& test, std::uint32_t element, const std::string& state, double age) {
  Progress progress;
  progress.element = ElementId(element);
  progress.attempt = AttemptId(1);
  progress.state = state;
  progress.heartbeat_unix = kNow - age;
  REQUIRE(write_progress(test.run, progress));
}

}  // namespace

TEST_CASE("a timeout without a wait is refused before the run is looked at", "[aggregator]") {
  Options options;
  options.run = "/nonexistent";
  options.timeout_seconds = 2;
  CHECK_THROWS_WITH(aggregate(options),
                    "--timeout: found neither --wait nor --follow, expected one of them");
}

TEST_CASE("an element that has not started yet is waited for in a queue", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  write_submission(test.run, IntervalSet({0, 10}), 2, 1, "slurm");
  CHECK(any_element_lives(test.run, kNow));
  say(test, 0, "done", 5);
  CHECK(any_element_lives(test.run, kNow));
  say(test, 1, "failed", 5);
  CHECK_FALSE(any_element_lives(test.run, kNow));
}

TEST_CASE("an element lives while its heart beats and it does not say otherwise", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  write_submission(test.run, IntervalSet({0, 10}), 1, 1, "local");
  say(test, 0, "running", 119);
  CHECK(any_element_lives(test.run, kNow));
  say(test, 0, "stopping", 119);
  CHECK(any_element_lives(test.run, kNow));
  say(test, 0, "running", 121);
  CHECK_FALSE(any_element_lives(test.run, kNow));
  say(test, 0, "incomplete", 1);
  CHECK_FALSE(any_element_lives(test.run, kNow));
}

TEST_CASE("without its launch no local element starts", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  write_submission(test.run, IntervalSet({0, 10}), 2, 1, "local");
  const auto record = [&](const ProcessIdentity& launch) {
    publish_replace({}, local_record(test.run), to_json(launch));
  };
  say(test, 0, "incomplete", 5);
  CHECK_FALSE(any_element_lives(test.run, kNow));  // Ctrl-C: the launch took its record away

  record(own_identity());
  CHECK(any_element_lives(test.run, kNow));  // element 1 is to come, or 0 again

  ProcessIdentity killed = own_identity();
  ++killed.start_ticks;  // somebody else has the pid by now
  record(killed);
  CHECK_FALSE(any_element_lives(test.run, kNow));

  ProcessIdentity elsewhere = own_identity();
  elsewhere.host = "elsewhere";
  record(elsewhere);
  CHECK(any_element_lives(test.run, kNow));
  CHECK_FALSE(any_element_lives(test.run, kNow + 1e9));  // nothing heard of it for long
}

TEST_CASE("the table shows unfinished tasks only", "[aggregator]") {
  const TestRun test(make_plan(4, 1, {"accuracy"}, {0.0, 0.5, 1.0}));
  test.commit({scored(0, 1), scored(1, 1), scored(2, 1), scored(3, 1), scored(5, 1)});
  say(test, 0, "running", 0);
  const std::string table = progress_table(test.run, test.plan);
  CHECK_THAT(table, !TALLY_CONTAINS(test.plan.task_id(test.plan.task(0))));
  CHECK_THAT(table,
             TALLY_CONTAINS(test.plan.task_id(test.plan.task(1)) + "  mlp on optdigits  1/4"));
  CHECK_THAT(table,
             TALLY_CONTAINS(test.plan.task_id(test.plan.task(2)) + "  mlp on optdigits  0/4"));
  CHECK_THAT(table, TALLY_CONTAINS("element 0 attempt 1 running"));
  CHECK_THAT(table, TALLY_CONTAINS("5/12 items recorded in 1 shards"));
}

TEST_CASE("a complete run is not waited for", "[aggregator]") {
  const TestRun test(make_plan(2, 1));
  test.commit({scored(0, 1), scored(1, 1)});
  wait_for_run(test.run, test.plan, {});  // no submission was read: nothing is left to do
}
