#include "worker/sandbox/helper/step_signal_watch.hpp"

#include <signal.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <thread>

#include "worker/sandbox/step_signals.hpp"

namespace tally::worker {
namespace {

constexpr std::chrono::milliseconds between_looks{5};

sigset_t all() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : step_signals) sigaddset(&set, number);
  return set;
}

bool is_pending(int number) {
  sigset_t pending;
  sigemptyset(&pending);
  return ::sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

}  // namespace

void hold_step_signals() {
  const sigset_t set = all();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);  // what is blocked waits, even where it is ignored
  for (const int number : step_signals) ::signal(number, SIG_IGN);
}

void forget_step_signals() {
  const sigset_t set = all();
  constexpr timespec at_once{};
  while (::sigtimedwait(&set, nullptr, &at_once) > 0) {
  }
}

bool step_signal_came(int number, std::chrono::milliseconds most) {
  if (std::find(std::begin(step_signals), std::end(step_signals), number) ==
      std::end(step_signals)) {
    return false;
  }
  // Counted in looks: time in which this process stands still does not count.
  for (auto waited = 0 * between_looks; waited < most && !is_pending(number);
       waited += between_looks) {
    std::this_thread::sleep_for(between_looks);
  }
  return is_pending(number);
}

}  // namespace tally::worker
