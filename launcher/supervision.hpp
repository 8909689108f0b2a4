#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>

#include "launcher/process.hpp"
#include "launcher/signal_inbox.hpp"

namespace tally::launcher {

/// Waits for the main process of an element (mpirun, or the worker itself for one rank) and turns
/// stop signals into a graceful end: SIGUSR1, SIGTERM after the grace, SIGKILL 5 s later. A second
/// SIGINT ends the grace.
class Supervision {
 public:
  /// `inbox` outlives this object.
  Supervision(SignalInbox& inbox, pid_t main_process, std::uint32_t ranks,
              std::chrono::seconds grace)
      : inbox_(inbox), main_(main_process), ranks_(ranks), grace_(grace) {}

  /// Returns when the main process has ended. Reaps whatever else ends meanwhile.
  [[nodiscard]] ExitStatus wait();
  /// A stop signal came.
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }

 private:
  using Clock = std::chrono::steady_clock;
  void stop(int signal);
  void escalate();
  [[nodiscard]] std::chrono::milliseconds look_after_mpirun();
  void ask_survivors(const std::vector<pid_t>& ranks);

  SignalInbox& inbox_;
  pid_t main_;
  std::uint32_t ranks_;
  std::chrono::seconds grace_;
  bool stopping_ = false;
  bool terminated_ = false;
  Clock::time_point term_at_;
  Clock::time_point kill_at_;
  bool complete_ = false;  // all ranks were seen
  bool asked_ = false;
  Clock::time_point last_complete_;
};

}  // namespace tally::launcher
