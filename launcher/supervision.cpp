#include "launcher/supervision.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <string_view>

#include "core/plan/process_identity.hpp"
#include "launcher/children.hpp"

// What mpirun does by itself is not enough (Open MPI 4 and 5 alike):
// - A stop: it forwards SIGUSR1 to the ranks and goes on waiting, so that is what it gets. After a
//   SIGTERM it would end them a second later, too soon for a commit.
// - One rank dies or ends with an error: it waits odls_base_sigkill_timeout, then sends SIGTERM,
//   waits again, then SIGKILL. Until then the survivors may wait for the dead one in vain, so we
//   ask them to commit and leave alone: an MPI_Abort, or a barrier, would wait for the sleeping
//   mpirun or the dead rank. It also sits through both waits when no rank is left; a SIGCHLD
//   ends one second of sleep and, at whatever moment it comes, does nothing else. It names a
//   killed rank late and without its pid, so we remember what the ranks are called.

namespace tally::launcher {
namespace {

constexpr std::chrono::seconds kTermToKill{5};
constexpr std::chrono::seconds kTogether{2};  ///< Ranks that end in order do so within this.
constexpr std::chrono::milliseconds kTick{500};
constexpr std::chrono::seconds kStarting{10};        ///< mpirun starts the next rank within this.
constexpr std::chrono::milliseconds kStartTick{20};  ///< Until all ranks are known by name.
constexpr std::chrono::milliseconds kNudge{20};
constexpr int kSignalCode = 128;  ///< mpirun exits with this and the signal that ended a rank.

/// What mpirun (Open MPI 4 and 5) tells a process of its place in the world.
struct Place {
  std::string rank;      // empty when it is not there (yet: before its exec it has mpirun's own)
  std::size_t here = 0;  // ranks on this host; 0 when it is not there
};

Place place_of(pid_t pid) {
  constexpr std::string_view kRank = "OMPI_COMM_WORLD_RANK=";
  constexpr std::string_view kHere = "OMPI_COMM_WORLD_LOCAL_SIZE=";
  Place place;
  std::ifstream file(fmt::format("/proc/{}/environ", pid), std::ios::binary);
  for (std::string entry; std::getline(file, entry, '\0');) {
    if (entry.starts_with(kRank)) place.rank = entry.substr(kRank.size());
    if (!entry.starts_with(kHere)) continue;
    std::from_chars(entry.data() + kHere.size(), entry.data() + entry.size(), place.here);
  }
  return place;
}

std::string called(const std::string& rank, pid_t pid) {
  return fmt::format("rank {} ({}, pid {})", rank, host_name(), pid);
}

}  // namespace

ExitStatus Supervision::wait() {
  for (;;) {
    while (const auto reaped = reap_any()) {  // as PID 1 or subreaper there may be others
      if (reaped->pid != main_) continue;
      name_at_end(reaped->status);
      return reaped->status;
    }
    put_off(missed_.in_round(Clock::now(), kTick));
    escalate();
    const auto signal = inbox_.wait(ranks_ > 1 ? look_after_mpirun() : kTick);
    if (signal && is_stop_signal(*signal)) stop(*signal);
  }
}

void Supervision::put_off(Clock::duration missed) {
  for (Clock::time_point* at : {&term_at_, &kill_at_, &last_whole_, &patience_ends_}) *at += missed;
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
  const std::vector<pid_t> living = living_children(main_);
  if (living.empty()) {
    ::kill(main_, SIGCHLD);
    return kNudge;
  }
  const bool all_named = learn_ranks(living);
  const bool more = living.size() > most_;
  most_ = std::max(most_, living.size());
  const auto missing = missing_for(living);
  if (!missing || more) {
    last_whole_ = Clock::now();
  } else if (!asked_ && Clock::now() > last_whole_ + *missing) {
    ask_survivors(living);
  }
  if (asked_ && Clock::now() > patience_ends_) {
    for (const pid_t rank : living) ::kill(rank, SIGKILL);
  }
  return all_named || asked_ ? kTick : kStartTick;
}

/// True when all ranks of this host have been seen. A child of mpirun that is no rank is none of
/// our business.
bool Supervision::learn_ranks(const std::vector<pid_t>& living) {
  for (const pid_t pid : living) {
    if (known_.contains(pid)) continue;
    const Place place = place_of(pid);
    if (place.rank.empty()) continue;
    known_[pid] = called(place.rank, pid);
    if (place.here <= ranks_) here_ = place.here;  // else of an mpirun that we run under ourselves
  }
  return known_.size() >= (here_ > 0 ? here_ : ranks_);
}

/// How long that may be so when a rank is not there; nullopt when all are. One can be gone before
/// we learnt its name: then there are fewer than mpirun says, after its start or for too long in
/// it.
std::optional<std::chrono::seconds> Supervision::missing_for(
    const std::vector<pid_t>& living) const {
  if (any_gone(living)) return kTogether;
  if (living.size() >= here_) return std::nullopt;
  return most_ >= here_ ? kTogether : kStarting;
}

bool Supervision::any_gone(const std::vector<pid_t>& living) const {
  return std::ranges::any_of(known_, [&](const auto& rank) {
    return std::ranges::find(living, rank.first) == living.end();
  });
}

void Supervision::ask_survivors(const std::vector<pid_t>& living) {
  asked_ = true;
  patience_ends_ = Clock::now() + grace_;
  if (!stopping_) {
    name_lost(living, "ended before the others");
    if (lost_.empty()) lost_.emplace_back("a rank without a name yet: ended before the others");
  }
  spdlog::warn("element {}: found {} of {} ranks: asking them to commit and leave",
               element_.value(), living.size(), ranks_);
  for (const pid_t rank : living) ::kill(rank, SIGUSR2);  // mpirun is asleep and forwards nothing
}

void Supervision::name_lost(const std::vector<pid_t>& living, const std::string& how) {
  for (const auto& [pid, name] : known_) {
    if (std::ranges::find(living, pid) != living.end()) continue;
    lost_.push_back(fmt::format("{}: {}", name, how));
    spdlog::warn("element {}: {}", element_.value(), lost_.back());
  }
}

/// What no look has seen: the only rank, or all at once.
void Supervision::name_at_end(const ExitStatus& status) {
  if (stopping_ || asked_) return;
  if (ranks_ == 1 && status.signal != 0) {
    known_[main_] = called("0", main_);
    name_lost({}, fmt::format("ended with {}", status.text()));
  } else if (status.code > kSignalCode) {
    name_lost({}, "ended with the others by a signal");
  }
}

}  // namespace tally::launcher
