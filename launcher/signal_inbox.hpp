#pragma once
#include <chrono>
#include <csignal>
#include <optional>

namespace tally::launcher {

/// Receives the signals a supervisor lives by as plain values: TERM, INT, USR1, USR2, CHLD, and HUP
/// unless the caller of the program ignored it (nohup). No handlers, so nothing runs in between.
///
/// Blocks them for the thread that constructs it and restores the mask at the end. Construct it
/// before the first child is started, else a CHLD may be missed. For one thread, where they may
/// nest.
class SignalInbox {
 public:
  SignalInbox();
  ~SignalInbox();
  SignalInbox(const SignalInbox&) = delete;
  SignalInbox& operator=(const SignalInbox&) = delete;

  /// The next signal, or nullopt when `timeout` passed without one.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds timeout);

 private:
  sigset_t watched_{};
  sigset_t before_{};
};

/// Whether `signal` asks for an end.
[[nodiscard]] constexpr bool is_stop_signal(int signal) noexcept { return signal != SIGCHLD; }

}  // namespace tally::launcher
