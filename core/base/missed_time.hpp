#pragma once
#include <algorithm>
#include <chrono>

namespace tally {

/// Time in which a loop that waits did not get to run: the job was suspended, the machine was
/// frozen, or had no processor for it. The clocks go on meanwhile, so a deadline that came then
/// says nothing about whom it was set for: it is to be put off by what was missed.
class MissedTime {
 public:
  using Clock = std::chrono::steady_clock;
  /// A busy machine is late by less.
  static constexpr std::chrono::milliseconds tolerated{500};

  explicit MissedTime(Clock::time_point start) : last_(start) {}

  /// To be called in every round: what passed since the last call beyond `waited`, the longest that
  /// the round was to wait; nothing where that is tolerable. A `now` before that of the last call
  /// (another thread's) changes nothing.
  [[nodiscard]] Clock::duration in_round(Clock::time_point now, Clock::duration waited) {
    const auto missed = now - last_ - waited;
    last_ = std::max(last_, now);
    return missed > tolerated ? missed : Clock::duration::zero();
  }

 private:
  Clock::time_point last_;
};

/// `seen`, put off by what was missed since: never beyond `now`, and not back where another thread
/// has seen more.
[[nodiscard]] inline MissedTime::Clock::time_point put_off(MissedTime::Clock::time_point seen,
                                                           MissedTime::Clock::duration missed,
                                                           MissedTime::Clock::time_point now) {
  return std::max(seen, std::min(seen + missed, now));
}

/// The longest that a loop waits, put off by what it missed.
class WaitLimit {
 public:
  using Clock = MissedTime::Clock;
  /// `round`: the longest that one round of the loop waits.
  WaitLimit(Clock::time_point start, Clock::duration limit, Clock::duration round)
      : missed_(start), end_(start + limit), round_(round) {}

  /// To be called in every round: what is left, not more than 0 when it is over.
  [[nodiscard]] Clock::duration left(Clock::time_point now) {
    end_ += missed_.in_round(now, round_);
    return end_ - now;
  }

 private:
  MissedTime missed_;
  Clock::time_point end_;
  Clock::duration round_;
};

}  // namespace tally
