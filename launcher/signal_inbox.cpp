#include "launcher/signal_inbox.hpp"

#include <cerrno>
#include <ctime>

namespace tally::launcher {

SignalInbox::SignalInbox() {
  sigemptyset(&watched_);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGCHLD}) {
    sigaddset(&watched_, signal);
  }
  struct sigaction hang_up {};
  ::sigaction(SIGHUP, nullptr, &hang_up);
  if (hang_up.sa_handler != SIG_IGN) sigaddset(&watched_, SIGHUP);
  // A parent may have left CHLD ignored: then exit codes of children would be lost.
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &usual, nullptr);
  ::pthread_sigmask(SIG_BLOCK, &watched_, &before_);
}

SignalInbox::~SignalInbox() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<int> SignalInbox::wait(std::chrono::milliseconds timeout) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(timeout);
  const std::chrono::nanoseconds rest = timeout - whole;
  const timespec limit{static_cast<time_t>(whole.count()), static_cast<long>(rest.count())};
  const int signal = ::sigtimedwait(&watched_, nullptr, &limit);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace tally::launcher
