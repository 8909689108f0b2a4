#include "worker/signals.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/base/error.hpp"

namespace tally::worker {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) ::sigaddset(&set, signal);
  return set;
}

void notify(int event) noexcept {
  const std::uint64_t one = 1;
  // Cannot fail but for a counter near 2^64, and then the reader wakes anyway.
  [[maybe_unused]] const ssize_t written = ::write(event, &one, sizeof one);
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = stop_signals();
  const int failed = ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (failed != 0) throw errno_error(Errc::internal, "pthread_sigmask", {}, failed);
}

EndIfAlone::EndIfAlone()
    : thread_([this] {
        sigset_t alone;
        ::sigemptyset(&alone);
        ::sigaddset(&alone, SIGUSR2);
        while (::sigwaitinfo(&alone, nullptr) != SIGUSR2) {
        }
        if (over_) return;  // one for this thread alone; one for the process still waits
        spdlog::warn("left alone at the start: another rank ended before it");
        ::_exit(static_cast<int>(Errc::incomplete));
      }) {}

EndIfAlone::~EndIfAlone() {
  over_ = true;
  ::pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

StopWatch::StopWatch(StopFlag& stop, StopActions actions)
    : stop_(stop), actions_(std::move(actions)) {
  const sigset_t set = stop_signals();
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) throw errno_error(Errc::internal, "signalfd", {}, errno);
  event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_ < 0) {
    ::close(signals_);
    throw errno_error(Errc::internal, "eventfd", {}, errno);
  }
  thread_ = std::thread([this] { run(); });
}

StopWatch::~StopWatch() {
  quit_ = true;
  notify(event_);
  thread_.join();
  ::close(signals_);
  ::close(event_);
}

void StopWatch::trigger(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (reason_.empty()) reason_ = reason;
  }
  stop_.request();  // the watch may be a moment late; the runner need not be
  notify(event_);
}

std::string StopWatch::triggered() {
  const std::lock_guard lock(mutex_);
  return reason_;
}

void StopWatch::release() noexcept {
  released_ = true;
  notify(event_);
}

int StopWatch::wait_ms() const {
  if (deadline_ == std::chrono::steady_clock::time_point{} || released_) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void StopWatch::stop(const std::string& reason) {
  if (deadline_ != std::chrono::steady_clock::time_point{}) return;
  deadline_ = std::chrono::steady_clock::now() + actions_.grace;
  stop_.request();
  spdlog::warn("{}: stopping", reason);
  actions_.on_stop();
}

void StopWatch::take_signal(int signal) {
  if (signal == SIGUSR2) {
    stop_.leave_alone();
    if (actions_.on_alone) actions_.on_alone();
  }
  stop(fmt::format("SIG{}", ::sigabbrev_np(signal)));
}

void StopWatch::run() {
  while (!quit_) {
    std::array<pollfd, 2> files{{{signals_, POLLIN, 0}, {event_, POLLIN, 0}}};
    const int ready = ::poll(files.data(), files.size(), wait_ms());
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      take_signal(static_cast<int>(info.ssi_signo));
    }
    std::uint64_t ignored = 0;
    if (::read(event_, &ignored, sizeof ignored) > 0) {
      if (const std::string reason = triggered(); !reason.empty()) stop(reason);
    }
    const bool overdue = ready == 0 && deadline_ <= std::chrono::steady_clock::now();
    if (overdue && !released_ && !quit_) actions_.on_overdue();
  }
}

}  // namespace tally::worker
