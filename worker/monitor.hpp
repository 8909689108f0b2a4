#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/plan/progress.hpp"
#include "core/plan/run_dir.hpp"
#include "worker/counters.hpp"
#include "worker/ledger.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// Rank 0's look at the element, once a second on a thread of its own: finds lost ranks, names them
/// in the log, and writes the progress file.
class Monitor {
 public:
  /// `progress` is filled with what does not change. `on_stuck` is called, again and again, when
  /// rank 0 itself hangs and all others have finished: it ends the process. References outlive it.
  Monitor(const RunDir& run, Progress progress, Ledger& ledger, const Counters& counters,
          const StopFlag& stop, std::function<void()> on_stuck,
          std::chrono::milliseconds period = std::chrono::milliseconds(1000));
  /// Writes the last progress file: state "failed" unless finish() said otherwise.
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  /// How it ended: done or incomplete.
  void finish(const std::string& state);
  /// The lines about lost ranks so far, joined by "; ".
  [[nodiscard]] std::string message() const;

 private:
  struct Sample {
    Ledger::Clock::time_point time;
    std::uint64_t done = 0;
  };
  void run();
  void look();
  void write(const std::string& state);
  [[nodiscard]] double rate(std::uint64_t done);

  const RunDir& run_;
  Progress progress_;
  Ledger& ledger_;
  const Counters& counters_;
  const StopFlag& stop_;
  std::function<void()> on_stuck_;
  std::chrono::milliseconds period_;
  std::deque<Sample> samples_;  // monitor thread, and destructor after it

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string message_;
  std::string end_state_ = "failed";
  bool quit_ = false;
  std::thread thread_;
};

}  // namespace tally::worker
