#include "worker/ledger.hpp"

#include "catch.hpp"
#include "core/config/run_config.hpp"

using namespace std::chrono_literals;
using tally::Interval;
using tally::IntervalSet;
using tally::worker::Counters;
using tally::worker::Counts;
using tally::worker::Deal;
using tally::worker::DealOptions;
using tally::worker::Ledger;
using tally::worker::LocalSource;
using tally::worker::StopFlag;

namespace {

const Ledger::Clock::time_point kStart{};

Ledger ten_items_for_two() {
  DealOptions options;
  options.ranks = 2;
  options.chunk = 5;
  return {Deal(IntervalSet(Interval{0, 10}), {}, options),
          {{"left", 11}, {"right", 22}},
          {.silence = 30s, .hang = 120s},
          kStart};
}

Counts done(std::uint64_t items, std::uint64_t committed = 0) {
  Counts counts;
  counts.done = items;
  counts.committed = committed;
  return counts;
}

}  // namespace

TEST_CASE("a ledger ends when every dealt item is done", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(0, kStart) == Interval{0, 5});
  REQUIRE(ledger.next(1, kStart) == Interval{5, 10});
  CHECK_FALSE(ledger.has_work());
  CHECK_FALSE(ledger.ended());
  ledger.report(0, done(5), kStart);
  CHECK_FALSE(ledger.ended());
  ledger.report(1, done(5), kStart);
  CHECK(ledger.ended());
  CHECK_FALSE(ledger.over());
  ledger.leave(0, done(5, 5));
  ledger.leave(1, done(5, 5));
  CHECK(ledger.over());
  CHECK(ledger.totals().committed == 10);
}

TEST_CASE("a silent rank is named and its work comes back", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(1, kStart));
  ledger.report(1, done(3, 2), kStart + 5s);
  ledger.report(0, done(0), kStart + 36s);
  CHECK(ledger.check(kStart + 35s).empty());
  const auto lines = ledger.check(kStart + 36s);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "rank 1 (right, pid 22): no sign of life for 31 s, 3 items dealt again");
  CHECK(ledger.check(kStart + 36s).empty());
  CHECK(ledger.any_lost());
  CHECK(ledger.next(0, kStart) == Interval{2, 5});
  CHECK(ledger.next(0, kStart) == Interval{5, 10});
  CHECK_FALSE(ledger.next(1, kStart));
  ledger.report(0, done(8), kStart);
  CHECK(ledger.ended());
  ledger.leave(0, done(8, 8));
  CHECK(ledger.over());
}

TEST_CASE("a rank that lives but finishes nothing is hung", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(1, kStart));
  for (auto at = kStart; at <= kStart + 120s; at += 1s) {
    ledger.report(0, done(0), at);  // has no work: not hung
    ledger.report(1, done(0), at);
    REQUIRE(ledger.check(at).empty());
  }
  ledger.report(0, done(0), kStart + 121s);
  ledger.report(1, done(0), kStart + 121s);
  const auto lines = ledger.check(kStart + 121s);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "rank 1 (right, pid 22): no progress for 121 s, 5 items dealt again");
}

TEST_CASE("a pause of the whole job is counted against no rank", "[worker][ledger][pauses]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(0, kStart));
  REQUIRE(ledger.next(1, kStart));
  const auto asleep = kStart + 20s;
  for (auto at = kStart; at <= asleep; at += 1s) ledger.pulse(at);
  const auto awake = asleep + 1h;
  ledger.pulse(awake);
  CHECK(ledger.check(awake).empty());
  ledger.pulse(asleep + 200ms);  // of a thread that took the time before the pause
  ledger.pulse(awake + 200ms);
  CHECK(ledger.check(awake + 200ms).empty());
  // What was before the pause counts on, but for the second that may lie between two pulses.
  for (auto at = awake + 200ms; at < awake + 9s; at += 1s) {
    ledger.pulse(at);
    REQUIRE(ledger.check(at).empty());
  }
  ledger.report(0, done(0), awake + 10s);
  const auto lines = ledger.check(awake + 10s);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "rank 1 (right, pid 22): no sign of life for 31 s, 5 items dealt again");
}

TEST_CASE("a pause is no hang", "[worker][ledger][pauses]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(0, kStart));
  ledger.pulse(kStart + 1h);
  ledger.report(0, done(0), kStart + 1h);
  ledger.report(1, done(0), kStart + 1h);
  CHECK(ledger.check(kStart + 1h).empty());
}

TEST_CASE("a report that was taken before a pause does not undo what the pause forgave",
          "[worker][ledger][pauses]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(1, kStart));
  const auto awake = kStart + 1h;
  ledger.pulse(awake);
  ledger.report(1, done(1), kStart);
  ledger.report(0, done(0), kStart);
  CHECK(ledger.check(awake).empty());
}

TEST_CASE("a rank that stands still alone is found while the others run",
          "[worker][ledger][pauses]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(1, kStart));
  std::vector<std::string> lines;
  auto at = kStart;
  while (lines.empty() && at < kStart + 60s) {
    at += 1s;
    ledger.pulse(at);
    ledger.report(0, done(0), at);
    lines = ledger.check(at);
  }
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "rank 1 (right, pid 22): no sign of life for 31 s, 5 items dealt again");
}

TEST_CASE("a rank that loads its model has at least half an hour", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(1, kStart));
  Counts loading;
  loading.preparing = true;
  for (auto at = kStart; at <= kStart + 1800s; at += 10s) {
    ledger.report(0, done(0), at);
    ledger.report(1, loading, at);
    REQUIRE(ledger.check(at).empty());
  }
  ledger.report(0, done(0), kStart + 1801s);
  ledger.report(1, loading, kStart + 1801s);
  CHECK(ledger.check(kStart + 1801s).size() == 1);
}

TEST_CASE("a slow forward pass is no hang unless the run says so", "[worker][ledger]") {
  Ledger ledger(Deal(IntervalSet::parse("0-9"), {}, {.ranks = 1}), {{"here", 1}},
                {.hang = tally::RetrySpec().hang}, kStart);
  REQUIRE(ledger.next(0, kStart));
  ledger.report(0, done(0), kStart + 29min);  // all the time in one batch
  CHECK(ledger.check(kStart + 29min).empty());
  ledger.report(0, done(0), kStart + 31min);
  CHECK(ledger.check(kStart + 31min).size() == 1);
}

TEST_CASE("the time without work does not count as hanging", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  const auto later = kStart + 1000s;
  ledger.report(0, done(0), later);
  ledger.report(1, done(0), later);
  REQUIRE(ledger.next(1, later));
  CHECK(ledger.check(later).empty());
}

TEST_CASE("after a stop nobody gets a chunk", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(0, kStart));
  ledger.stop();
  CHECK_FALSE(ledger.next(1, kStart));
  CHECK(ledger.ended());
}

TEST_CASE("an older report that overtook a newer one changes nothing", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(1, kStart));
  ledger.report(1, done(4, 1), kStart);
  ledger.report(1, done(2, 1), kStart);
  CHECK(ledger.totals().done == 4);
}

TEST_CASE("what a rank has committed never shrinks", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(0, kStart));
  ledger.report(0, done(3, 2), kStart);
  ledger.report(0, done(4, 1), kStart);  // committed was read before the other's, done after
  CHECK(ledger.totals().done == 4);
  CHECK(ledger.totals().committed == 2);
}

TEST_CASE("a report that comes after the rank has left changes nothing", "[worker][ledger]") {
  Ledger ledger = ten_items_for_two();
  REQUIRE(ledger.next(0, kStart));
  ledger.leave(0, done(5, 5));
  ledger.report(0, done(5, 3), kStart);
  ledger.report(0, done(6, 3), kStart);
  CHECK(ledger.totals().done == 5);
  CHECK(ledger.totals().committed == 5);
}

TEST_CASE("rank 0 works off the ledger alone when it is alone", "[worker][ledger]") {
  Ledger ledger(Deal(IntervalSet::parse("0-99"), {}, {}), {{"here", 1}}, {}, Ledger::Clock::now());
  Counters counters;
  const StopFlag stop;
  LocalSource source(ledger, counters, stop);
  IntervalSet seen;
  while (const auto chunk = source.next()) {
    seen.add(*chunk);
    counters.add_done(chunk->size(), {});
  }
  CHECK(seen.text() == "0-99");
  CHECK(ledger.ended());
}
