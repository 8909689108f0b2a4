#include "core/base/missed_time.hpp"

#include "catch.hpp"

namespace {

using namespace std::chrono_literals;
using tally::MissedTime;
using tally::WaitLimit;

}  // namespace

TEST_CASE("A round that is a little late misses nothing", "[missed_time]") {
  const MissedTime::Clock::time_point start{};
  MissedTime missed(start);
  CHECK(missed.in_round(start + 25ms, 25ms) == 0s);
  CHECK(missed.in_round(start + 25ms + 30ms, 25ms) == 0s);
  CHECK(missed.in_round(start + 55ms + 525ms, 25ms) == 0s);  // as late as is tolerated
  CHECK(missed.in_round(start + 580ms + 3s, 5s) == 0s);      // something came early
}

TEST_CASE("A pause is missed but for what was to be waited, and once", "[missed_time]") {
  const MissedTime::Clock::time_point start{};
  MissedTime missed(start);
  CHECK(missed.in_round(start + 10s, 25ms) == 9975ms);
  CHECK(missed.in_round(start + 10s + 25ms, 25ms) == 0s);
  CHECK(missed.in_round(start + 10s + 551ms, 25ms) == 501ms);
}

TEST_CASE("A call that another thread overtook misses nothing, nor makes the next one miss it",
          "[missed_time]") {
  const MissedTime::Clock::time_point start{};
  MissedTime missed(start);
  CHECK(missed.in_round(start + 10s, 1s) == 9s);
  CHECK(missed.in_round(start + 200ms, 1s) == 0s);
  CHECK(missed.in_round(start + 11s, 1s) == 0s);
}

TEST_CASE("A wait is as long as it may be, and what it missed longer", "[missed_time]") {
  const WaitLimit::Clock::time_point start{};
  WaitLimit plain(start, 1s, 100ms);
  CHECK(plain.left(start + 600ms) == 400ms);
  CHECK(plain.left(start + 1s) == 0s);
  WaitLimit paused(start, 1s, 100ms);
  CHECK(paused.left(start + 1h) == 900ms);
  CHECK(paused.left(start + 1h + 900ms - 300ms) == 300ms);
  CHECK(paused.left(start + 1h + 900ms) == 0s);
}
