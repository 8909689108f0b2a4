#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/missed_time.hpp"
#include "launcher/process.hpp"
#include "launcher/signal_inbox.hpp"

namespace tally::launcher {

/// Waits for the main process of an element (mpirun, or the worker itself for one rank) and turns
/// stop signals into a graceful end: SIGUSR1, SIGTERM after the grace, SIGKILL 5 s later. A second
/// SIGINT ends the grace. A rank that ends before the others is named in the log; they are asked to
/// commit and leave (SIGUSR2), and killed after the grace. Time in which nothing of the job ran
/// (MissedTime) is no part of a grace.
class Supervision {
 public:
  /// `inbox` outlives this object.
  Supervision(SignalInbox& inbox, ElementId element, pid_t main_process, std::uint32_t ranks,
              std::chrono::seconds grace)
      : inbox_(inbox), element_(element), main_(main_process), ranks_(ranks), grace_(grace) {}

  /// Returns when the main process has ended. Reaps whatever else ends meanwhile.
  [[nodiscard]] ExitStatus wait();
  /// A stop signal came.
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }
  /// A line for each rank that did not end with the others:
  /// "rank 1 (node7, pid 4711): ended before the others".
  [[nodiscard]] const std::vector<std::string>& lost() const noexcept { return lost_; }

 private:
  using Clock = std::chrono::steady_clock;
  void put_off(Clock::duration missed);
  void stop(int signal);
  void escalate();
  [[nodiscard]] std::chrono::milliseconds look_after_mpirun();
  [[nodiscard]] bool learn_ranks(const std::vector<pid_t>& living);
  [[nodiscard]] std::optional<std::chrono::seconds> missing_for(
      const std::vector<pid_t>& living) const;
  [[nodiscard]] bool any_gone(const std::vector<pid_t>& living) const;
  void name_lost(const std::vector<pid_t>& living, const std::string& how);
  void name_at_end(const ExitStatus& status);
  void ask_survivors(const std::vector<pid_t>& living);

  SignalInbox& inbox_;
  ElementId element_;
  pid_t main_;
  std::uint32_t ranks_;
  std::chrono::seconds grace_;
  MissedTime missed_{Clock::now()};
  bool stopping_ = false;
  bool terminated_ = false;
  Clock::time_point term_at_;
  Clock::time_point kill_at_;
  bool asked_ = false;
  std::size_t here_ = 0;                // ranks on this host; 0 until one has said so
  std::size_t most_ = 0;                // children of mpirun at once
  Clock::time_point last_whole_;        // when no rank was missing, or one more was there
  Clock::time_point patience_ends_;     // of those that were asked
  std::map<pid_t, std::string> known_;  // every rank that was seen, and what it is called
  std::vector<std::string> lost_;
};

}  // namespace tally::launcher
