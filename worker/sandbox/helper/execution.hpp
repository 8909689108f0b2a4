#pragma once
#include <poll.h>
#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/descriptor.hpp"
#include "core/base/missed_time.hpp"
#include "worker/sandbox/helper/bubblewrap.hpp"
#include "worker/sandbox/helper/cgroup.hpp"
#include "worker/sandbox/helper/guard.hpp"
#include "worker/sandbox/helper/oom_kills.hpp"
#include "worker/sandbox/helper/pipes.hpp"
#include "worker/sandbox/wire.hpp"

namespace tally::worker {

class Spawn;

/// What every execution of one supervisor shares.
struct Means {
  std::string bubblewrap;  ///< Path; empty: no isolation.
  std::vector<SystemFolder> system;
  CgroupTree* cgroups = nullptr;  ///< None: the guard's watch alone.
  std::vector<std::string> oom_kill_files;
  int helper = -1;  ///< This program as a memory file, executable whatever the path to it permits.
  [[nodiscard]] bool isolated() const { return !bubblewrap.empty(); }
};

/// One program under its guard: started by the constructor, then fed and listened to until done().
/// The destructor waits for the guard and for bubblewrap, which have nothing left to do when the
/// guard has spoken of the end: taking a namespace down is no part of the program's time.
/// Nothing else blocks, but finish() where the guard has not. Single-threaded.
class Execution {
 public:
  using Clock = std::chrono::steady_clock;

  /// `extra`: the program's descriptors 3, 4 and 5, where valid. `filter`: at offset 0.
  /// Throws std::runtime_error when it cannot be started.
  Execution(const Means& means, const SandboxJob& job, std::array<Descriptor, 3> extra, int filter);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  void add_to(std::vector<pollfd>& polled) const;
  /// When something is due although nothing moves.
  [[nodiscard]] Clock::time_point next_deadline() const { return deadline_; }
  /// Until done(), pump() is to be called so often, or time is taken for missed.
  static constexpr std::chrono::seconds longest_wait{1};
  /// Moves bytes, hears the guard, keeps deadlines.
  void pump();
  /// Asks the guard to end the program. The first reason counts.
  void end(Ending reason);
  [[nodiscard]] bool done() const { return !status_.open(); }
  /// Whether it was started in a control group of its own.
  [[nodiscard]] bool in_cgroup() const { return cgroup_.has_value(); }
  /// After done(): how it ended.
  [[nodiscard]] ProgramResult finish();

 private:
  void spawn(const Means& means, const GuardOptions& options, int filter, int diagnostics);
  void enter_cgroup(const Means& means, Spawn& spawn);
  pid_t isolated(const Means& means, const GuardOptions& options, int filter, Spawn& spawn) const;
  pid_t bare(GuardOptions options, Spawn& spawn);
  void feed();
  void hear();
  void take(const GuardMessage& message);
  void keep_deadline();
  void reap();
  [[nodiscard]] bool lost_guard() const;
  void name_ending(ProgramResult& result);
  void name_guarded(ProgramResult& result) const;
  void heed_oom_killer(ProgramResult& result) const;
  void heed_step_signals(ProgramResult& result) const;
  void heed_cgroup(ProgramResult& result) const;

  const SandboxJob& job_;
  const std::vector<std::string>& oom_kill_files_;
  const OomKills oom_kills_before_;
  pid_t pid_ = -1;  ///< bubblewrap, or the guard itself.
  std::optional<Cgroup> cgroup_;
  std::string private_folder_;
  Descriptor input_;
  std::size_t fed_ = 0;
  Descriptor control_;
  Capture output_;
  Capture errors_;
  Capture diagnostics_;
  Capture status_;
  std::size_t heard_ = 0;
  bool started_ = false;
  bool asked_ = false;
  bool killed_ = false;
  bool ended_ = false;
  Ending reason_ = Ending::stopped;
  GuardMessage last_;
  int start_error_ = 0;
  int wait_status_ = 0;
  Clock::time_point started_at_;
  Clock::time_point deadline_;
  MissedTime missed_;
};

}  // namespace tally::worker
