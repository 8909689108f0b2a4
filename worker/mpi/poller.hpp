#pragma once
#include <algorithm>
#include <chrono>
#include <thread>

namespace tally::worker {

/// How to wait for something that has to be polled: spins for a moment after activity, so an answer
/// within microseconds is met at once, then sleeps longer and longer, so waiting costs no core.
class Poller {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::microseconds kSpin{50};
  static constexpr std::chrono::microseconds kLongestSleep{1000};

  /// Something came.
  void active() noexcept { idle_ = false; }
  /// Nothing came: waits, or returns at once while spinning. Returns the time now.
  Clock::time_point idle() {
    const Clock::time_point now = Clock::now();
    if (!idle_) {
      idle_ = true;
      since_ = now;
      sleep_ = std::chrono::microseconds(20);
    } else if (now - since_ > kSpin) {
      std::this_thread::sleep_for(sleep_);
      sleep_ = std::min(sleep_ * 2, kLongestSleep);
      return Clock::now();
    }
    return now;
  }

 private:
  std::chrono::microseconds sleep_{20};
  Clock::time_point since_;
  bool idle_ = false;
};

}  // namespace tally::worker
