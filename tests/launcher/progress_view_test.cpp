#include "launcher/progress_view.hpp"

#include "catch.hpp"
#include "launcher/run_status.hpp"

using namespace tally;
using namespace tally::launcher;

namespace {

Submission two_elements() {
  return {1, "local", 2, {IntervalSet({0, 100}), IntervalSet({100, 200})}};
}

Progress progress_of(std::uint32_t element, std::uint64_t planned, std::uint64_t done) {
  Progress progress;
  progress.element = ElementId(element);
  progress.planned = planned;
  progress.done = done;
  progress.rate = 10.0;
  return progress;
}

}  // namespace

TEST_CASE("elements are added up", "[launcher][progress]") {
  const auto totals = add_up(two_elements(), {progress_of(0, 100, 25), progress_of(1, 100, 5)});
  CHECK(progress_line(totals) == "30/200 items (15.0%), 20.0/s, 0:09 left, 2 running");
  CHECK(progress_bar(totals, 10) ==
        "[#.........] 30/200 items (15.0%), 20.0/s, 0:09 left, 2 running");
}

TEST_CASE("a second start counts what the first did", "[launcher][progress]") {
  CHECK(add_up(two_elements(), {progress_of(0, 40, 10)}).done == 70);
}

TEST_CASE("an element that ended has no rate", "[launcher][progress]") {
  Progress ended = progress_of(0, 100, 100);
  ended.state = "done";
  CHECK(progress_line(add_up(two_elements(), {ended})) == "100/200 items (50.0%)");
}

TEST_CASE("elements of an older submission are left out", "[launcher][progress]") {
  CHECK(add_up(two_elements(), {progress_of(7, 100, 100)}).done == 0);
}

TEST_CASE("a hundred percent is said of a whole only", "[launcher][progress]") {
  CHECK(progress_line({9999, 10000, 0, 0.0}) == "9999/10000 items (99.9%)");
  CHECK(progress_line({10000, 10000, 0, 0.0}) == "10000/10000 items (100.0%)");
}

TEST_CASE("without a rate nobody knows what is left", "[launcher][progress]") {
  CHECK(progress_line({0, 10, 1, 0.0}) == "0/10 items (0.0%), 0.0/s, ? left, 1 running");
}

TEST_CASE("durations read as clocks", "[launcher][progress]") {
  CHECK(duration_text(0.0) == "0:00");
  CHECK(duration_text(0.1) == "0:01");
  CHECK(duration_text(125.0) == "2:05");
  CHECK(duration_text(3723.0) == "1:02:03");
  CHECK(duration_text(-1.0) == "?");
}
