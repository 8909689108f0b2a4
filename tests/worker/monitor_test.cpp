#include "worker/monitor.hpp"

#include <atomic>
#include <cstdlib>

#include "catch.hpp"
#include "fakes.hpp"
#include "temp_dir.hpp"

using namespace std::chrono_literals;
using tally::Interval;
using tally::IntervalSet;
using tally::RunDir;
using tally::worker::Counters;
using tally::worker::Deal;
using tally::worker::Ledger;
using tally::worker::Monitor;
using tally::worker::StopFlag;

namespace {

struct Fixture {
  TempDir dir;
  RunDir run = RunDir::create(dir.path() / "run", fakes::plan(20), "version: 1\n");
  Counters counters;
  StopFlag stop;
  std::atomic<int> stuck{0};

  [[nodiscard]] tally::Progress progress() const {
    const auto all = tally::read_progress(run);
    REQUIRE(all.size() == 1);
    return all[0];
  }
};

}  // namespace

TEST_CASE("the progress file says how far the element is", "[worker][monitor]") {
  Fixture f;
  Ledger ledger(Deal(IntervalSet(Interval{0, 40}), {}, {}), {{"here", 1}}, {},
                Ledger::Clock::now());
  REQUIRE(ledger.next(0, Ledger::Clock::now()));
  {
    tally::Progress first;
    first.planned = 40;
    Monitor monitor(
        f.run, first, ledger, f.counters, f.stop, [&] { ++f.stuck; }, 1ms);
    f.counters.add_done(3, {2, 0, 0, 0, 1, 0});
    f.counters.add_committed(1);
    while (ledger.totals().committed < 1) std::this_thread::sleep_for(1ms);
    monitor.finish("incomplete");
  }
  const tally::Progress last = f.progress();
  CHECK(last.state == "incomplete");
  CHECK(last.planned == 40);
  CHECK(last.done == 3);
  CHECK(last.committed == 1);
  CHECK(last.outcomes == std::array<std::uint64_t, 6>{2, 0, 0, 0, 1, 0});
  CHECK(last.message.empty());
  CHECK(f.stuck == 0);
}

TEST_CASE("a rank 0 that hangs alone is named and ended", "[worker][monitor]") {
  Fixture f;
  Ledger ledger(Deal(IntervalSet(Interval{0, 40}), {}, {}), {{"here", 1}}, {.hang = 1ms},
                Ledger::Clock::now());
  REQUIRE(ledger.next(0, Ledger::Clock::now()));
  std::string message;
  {
    Monitor monitor(
        f.run, {}, ledger, f.counters, f.stop, [&] { ++f.stuck; }, 2ms);
    while (f.stuck == 0) std::this_thread::sleep_for(1ms);
    message = monitor.message();
  }
  // As long as a busy machine takes to look.
  CHECK_THAT(message,
             Catch::Matchers::Matches("rank 0 \\(here, pid 1\\): no progress for [0-9]+ s, "
                                      "5 items dealt again"));
  CHECK(f.progress().state == "failed");
  CHECK(f.progress().message == message);
}

TEST_CASE("a process that was suspended finds no rank lost", "[worker][monitor][pauses]") {
  Fixture f;
  const auto now = Ledger::Clock::now();
  Ledger ledger(Deal(IntervalSet(Interval{0, 40}), {}, {.ranks = 2}), {{"here", 1}, {"there", 2}},
                {.silence = 4s, .hang = 4s}, now);
  REQUIRE(ledger.next(0, now));
  REQUIRE(ledger.next(1, now));
  Monitor monitor(
      f.run, {}, ledger, f.counters, f.stop, [&] { ++f.stuck; }, 10ms);
  REQUIRE(std::system("kill -STOP $PPID; sleep 6; kill -CONT $PPID; sleep 0.3") == 0);  // NOLINT
  CHECK(monitor.message().empty());
  CHECK_FALSE(ledger.any_lost());
}
