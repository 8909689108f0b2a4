#include "launcher/supervision.hpp"

#include <spdlog/spdlog.h>

#include <csignal>

#include "launcher/children.hpp"

// What mpirun does by itself is not enough (Open MPI 4 and 5 alike):
// - A stop: it forwards SIGUSR1 to the ranks and goes on waiting, so that is what it gets. After a
//   SIGTERM it would end them a second later, too soon for a commit.
// - One rank dies or ends with an error: it waits odls_base_sigkill_timeout, then sends SIGTERM,
//   waits again, then SIGKILL. Until then the survivors may wait for the dead one in vain, so we
//   ask them to commit and leave alone: an MPI_Abort, or a barrier, would wait for the sleeping
//   mpirun or the dead rank. It also sits through both waits when no rank is left; a SIGCHLD
//   ends one second of sleep and, at whatever moment it comes, does nothing else.

namespace tally::launcher {
namespace {

constexpr std::chrono::seconds kTermToKill{5};
constexpr std::chrono::seconds kTogether{2};  ///< Ranks that end in order do so within this.
constexpr std::chrono::milliseconds kTick{500};
constexpr std::chrono::milliseconds kNudge{20};

}  // namespace

ExitStatus Supervision::wait() {
  for (;;) {
    while (const auto reaped = reap_any()) {  // as PID 1 or subreaper there may be others
      if (reaped->pid == main_) return reaped->status;
    }
    escalate();
    const auto signal = inbox_.wait(ranks_ > 1 ? look_after_mpirun() : kTick);
    if (signal && is_stop_signal(*signal)) stop(*signal);
  }
}

void Supervision::stop(int signal) {
  if (!stopping_) {
    stopping_ = true;
    term_at_ = Clock::now() + grace_;
    kill_at_ = term_at_ + kTermToKill;
    ::kill(main_, SIGUSR1);
  } else if (signal == SIGINT) {  // a second Ctrl-C: somebody is in a hurry
    term_at_ = Clock::now();
    kill_at_ = term_at_ + kTermToKill;
  }
}

void Supervision::escalate() {
  if (!stopping_) return;
  if (!terminated_ && Clock::now() >= term_at_) {
    spdlog::warn("the ranks did not end within the grace: sending SIGTERM");
    ::kill(-main_, SIGTERM);
    terminated_ = true;
  }
  if (Clock::now() >= kill_at_) ::kill(-main_, SIGKILL);
}

/// Returns how long to wait until the next look.
std::chrono::milliseconds Supervision::look_after_mpirun() {
  const std::vector<pid_t> ranks = living_children(main_);
  if (ranks.empty()) {
    ::kill(main_, SIGCHLD);
    return kNudge;
  }
  if (ranks.size() >= ranks_) {
    complete_ = true;
    last_complete_ = Clock::now();
  } else if (complete_ && !asked_ && Clock::now() > last_complete_ + kTogether) {
    ask_survivors(ranks);
  }
  return kTick;
}

void Supervision::ask_survivors(const std::vector<pid_t>& ranks) {
  asked_ = true;
  spdlog::warn("found {} of {} ranks: asking them to commit and leave", ranks.size(), ranks_);
  for (const pid_t rank : ranks) ::kill(rank, SIGUSR2);  // mpirun is asleep and forwards nothing
}

}  // namespace tally::launcher
