#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "worker/stop.hpp"

namespace tally::worker {

/// Blocks SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 in this thread and those it starts afterwards: call
/// it first in main(), so that StopWatch alone receives them. Programs started later inherit the
/// mask; whoever starts one resets it (POSIX_SPAWN_SETSIGMASK).
void block_stop_signals();

/// As long as it lives SIGUSR2 ends the process with 75. For MPI_Init, which waits for ranks that
/// may be dead and cannot be called off; nothing is recorded by then. Needs block_stop_signals().
class EndIfAlone {
 public:
  EndIfAlone();
  ~EndIfAlone();
  EndIfAlone(const EndIfAlone&) = delete;
  EndIfAlone& operator=(const EndIfAlone&) = delete;

 private:
  std::atomic<bool> over_{false};  // first: the thread reads it
  std::thread thread_;
};

/// What happens on a stop, and how long it may take.
struct StopActions {
  std::chrono::milliseconds grace{2'000};
  std::function<void()> on_stop;     ///< At once, from the watch's thread: commit what there is.
  std::function<void()> on_overdue;  ///< The grace is over and release() was not called: does not
                                     ///< return, but ends the process.
  std::function<void()> on_alone = {};  ///< SIGUSR2 came; before on_stop(). May be empty.
};

/// Waits for a stop signal on a thread of its own. In order: 1) sets the flag; 2) on_stop();
/// 3) unless release() is called within the grace, on_overdue(). Further signals change nothing,
/// but for SIGUSR2: `tally element` sends it when another rank is dead, and it sets
/// StopFlag::alone().
class StopWatch {
 public:
  StopWatch(StopFlag& stop, StopActions actions);
  ~StopWatch();
  StopWatch(const StopWatch&) = delete;
  StopWatch& operator=(const StopWatch&) = delete;

  /// As if a signal had come: another rank was stopped, or this one failed. `reason` is not empty.
  /// Thread-safe.
  void trigger(const std::string& reason);
  /// The compute thread has finished: the grace no longer runs.
  void release() noexcept;

 private:
  void run();
  void take_signal(int signal);
  void stop(const std::string& reason);
  [[nodiscard]] std::string triggered();
  [[nodiscard]] int wait_ms() const;

  StopFlag& stop_;
  StopActions actions_;
  int signals_ = -1;  // signalfd
  int event_ = -1;    // eventfd: trigger, release, end
  std::atomic<bool> released_{false};
  std::atomic<bool> quit_{false};
  std::mutex mutex_;
  std::string reason_;  // of trigger(); guarded by mutex_
  std::chrono::steady_clock::time_point deadline_{};
  std::thread thread_;
};

}  // namespace tally::worker
