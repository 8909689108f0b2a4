#include "worker/sandbox/helper/guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/descriptor.hpp"
#include "core/base/missed_time.hpp"
#include "worker/sandbox/helper/private_folder.hpp"
#include "worker/sandbox/helper/process_tree.hpp"

extern char** environ;

namespace tally::worker {
namespace {

using Clock = std::chrono::steady_clock;

constexpr rlim_t open_files = 128;           // a program with 32 processes holds 4096 at most
constexpr std::uint64_t most_files = 16384;  // in a scratch space: bubblewrap sets no inode limit
constexpr std::uint32_t spare_tasks = 8;  // between the limit that is seen and the one that bites

std::uint64_t microseconds(Clock::duration time) {
  return std::uint64_t(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

void limit(__rlimit_resource what, rlim_t value) {
  rlimit now{};
  if (::getrlimit(what, &now) != 0) return;
  const rlim_t most = std::min(value, now.rlim_max);
  const rlimit wanted{most, most};
  ::setrlimit(what, &wanted);
}

/// All tasks of this machine, from /proc/loadavg ("0.1 0.1 0.1 running/all last").
rlim_t tasks_of_this_machine() {
  std::array<char, 128> text{};
  const Descriptor file = Descriptor::open("/proc/loadavg", O_RDONLY);
  static_cast<void>(read_some(file.get(), std::as_writable_bytes(std::span(text).first(127))));
  const char* const slash = std::strchr(text.data(), '/');
  return slash == nullptr ? 4096 : std::strtoul(slash + 1, nullptr, 10);
}

/// Since Linux 5.14 the process limit counts the namespace's own processes; before, and without a
/// namespace, it counts everything of the same user.
rlim_t tasks_of_others(bool isolated) {
  utsname system{};
  ::uname(&system);
  int major = 0;
  int minor = 0;
  if (isolated && std::sscanf(system.release, "%d.%d", &major, &minor) == 2 &&
      (major > 5 || (major == 5 && minor >= 14))) {
    return 1;  // the guard
  }
  return tasks_of_this_machine();
}

void set_kernel_limits(const GuardOptions& options) {
  const SandboxLimits& limits = options.limits;
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, open_files);
  limit(RLIMIT_FSIZE, limits.scratch);
  limit(RLIMIT_NPROC, limits.processes + spare_tasks + tasks_of_others(options.isolated));
  // Per process, a second late: the watch over the whole tree comes first.
  limit(RLIMIT_CPU, static_cast<rlim_t>(limits.cpu.count() / 1000 + 2));
  limit(RLIMIT_MEMLOCK, 64 << 10);
  limit(RLIMIT_MSGQUEUE, 0);
  limit(RLIMIT_NICE, 0);
  limit(RLIMIT_RTPRIO, 0);
}

/// The kernel shall take the program first when the machine is short of memory. The guard itself
/// is so small that it never comes into question.
void offer_to_oom_killer() {
  const Descriptor file = Descriptor::open("/proc/self/oom_score_adj", O_WRONLY);
  if (file.valid()) static_cast<void>(write_all(file.get(), std::as_bytes(std::span("1000", 4))));
}

class Guard {
 public:
  explicit Guard(const GuardOptions& options) : options_(options) {}

  int run() {
    prepare();
    GuardMessage message = start();
    say(message);
    if (message.kind == GuardMessage::Kind::started) say(ended(watch()));
    return 0;
  }

 private:
  void prepare() {
    offer_to_oom_killer();
    ::prctl(PR_SET_DUMPABLE, 0);  // its memory and descriptors are nobody's business
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    // Nothing that is sent to it moves it; SIGKILL does not reach the first process of a namespace.
    sigset_t signals;
    sigemptyset(&signals);
    for (int number = 1; number < SIGRTMIN; ++number) sigaddset(&signals, number);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    child_signal_ = Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    set_kernel_limits(options_);
  }

  GuardMessage start() {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int above = 3;
    for (int number = 0; number < 6; ++number) {
      const int from = options_.streams[std::size_t(number)];
      if (from < 0) continue;
      posix_spawn_file_actions_adddup2(&actions, from, number);
      above = std::max(above, number + 1);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, above);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes, &set);
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attributes, &set);
    posix_spawnattr_setflags(
        &attributes,
        static_cast<short>(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
    std::vector<char*> argv;
    for (const std::string& word : options_.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    started_ = Clock::now();
    missed_ = MissedTime(started_);
    const int error =
        ::posix_spawnp(&program_, argv[0], &actions, &attributes, argv.data(), environ);
    for (const int stream : options_.streams) {
      if (stream >= 0) ::close(stream);  // the program's end of file is then its own
    }
    GuardMessage message;
    message.kind = error == 0 ? GuardMessage::Kind::started : GuardMessage::Kind::unstartable;
    message.value = error;
    return message;
  }

  /// Until the program has ended or shall end.
  Cause watch() {
    auto next_look = started_ + pace();
    for (;;) {
      if (reap()) return Cause::itself;
      heed_pauses();
      const auto now = Clock::now();
      if (now >= deadline() && !grant_more_time()) return Cause::wall;
      if (now >= next_look) {
        if (const auto cause = look()) return reap() ? Cause::itself : *cause;
        next_look = Clock::now() + pace();
      }
      if (wait_until(std::min(next_look, deadline()))) {
        return reap() ? Cause::itself : Cause::asked;
      }
    }
  }

  [[nodiscard]] Clock::time_point deadline() const {
    return started_ + options_.limits.wall + waited_;
  }

  /// A program is not to blame for what it waited for a processor since the last time, within the
  /// grace. False when there was none to speak of.
  bool grant_more_time() {
    const Clock::duration waited = std::chrono::microseconds(waited_us(descendants(::getpid())));
    const Clock::duration most = options_.limits.wall_grace;
    const Clock::duration before = std::exchange(waited_, std::clamp(waited, waited_, most));
    return waited_ > before + std::chrono::milliseconds(1);
  }

  /// Reading all of a host's /proc is dearer than reading the namespace's own.
  [[nodiscard]] Clock::duration pace() const {
    if (!options_.isolated) return std::chrono::milliseconds(100);
    return std::chrono::milliseconds(last_memory_ > options_.limits.memory / 4 ? 5 : 25);
  }

  /// When the guard did not get to run, neither may the program have: that is none of its time.
  void heed_pauses() {
    const Clock::duration missed = missed_.in_round(Clock::now(), sleep_);
    started_ += missed;
    missed_in_all_ += missed;
  }

  /// True when the supervisor asks for the end or is gone.
  bool wait_until(Clock::time_point when) {
    sleep_ = std::max(when - Clock::now(), Clock::duration::zero());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(sleep_).count();
    pollfd polled[] = {{child_signal_.get(), POLLIN, 0}, {options_.control, POLLIN, 0}};
    ::poll(polled, 2, int(left));
    if ((polled[0].revents & POLLIN) != 0) {
      signalfd_siginfo ignored;
      while (::read(child_signal_.get(), &ignored, sizeof ignored) > 0) {
      }
    }
    return polled[1].revents != 0;
  }

  std::optional<Cause> look() {
    const TreeUse use = use_of(descendants(::getpid()), ::getpid());
    last_memory_ = use.memory;
    peak_memory_ = std::max(peak_memory_, use.memory);
    cpu_us_ = std::max(cpu_us_, reaped_cpu() + use.cpu_us);
    // Tasks first: a fork bomb also looks like memory, whose shared pages count for each.
    if (use.tasks > options_.limits.processes) return Cause::processes;
    if (use.memory > options_.limits.memory) return Cause::memory;
    if (cpu_us_ > microseconds(options_.limits.cpu)) return Cause::cpu;
    if (options_.isolated && too_many_files()) return Cause::files;
    return std::nullopt;
  }

  static bool too_many_files() {
    for (const char* const folder : {"/tmp", "/dev/shm"}) {
      struct statvfs use {};
      if (::statvfs(folder, &use) == 0 && use.f_files - use.f_ffree > most_files) return true;
    }
    return false;
  }

  static std::uint64_t reaped_cpu() {
    rusage use{};
    ::getrusage(RUSAGE_CHILDREN, &use);
    const auto us = [](const timeval& t) {
      return std::uint64_t(t.tv_sec * 1'000'000 + t.tv_usec);
    };
    return us(use.ru_utime) + us(use.ru_stime);
  }

  /// Reaps whatever has ended; true once the program itself has.
  bool reap() {
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != program_) continue;
      program_status_ = status;
      gone_ = true;
    }
    return gone_;
  }

  GuardMessage ended(Cause cause) {
    heed_pauses();
    const auto wall = Clock::now() - started_;
    kill_tree();
    if (!options_.private_folder.empty()) remove_private_folder(options_.private_folder);
    GuardMessage message;
    message.kind = GuardMessage::Kind::ended;
    message.cause = cause;
    message.value = program_status_;
    message.wall_us = microseconds(wall);
    message.cpu_us = std::max(cpu_us_, reaped_cpu());
    message.waited_us = microseconds(waited_);
    message.missed_us = microseconds(missed_in_all_);
    message.peak_memory = peak_memory_;
    return message;
  }

  /// Until nothing is left, or for five seconds: what hangs in the kernel ends with the namespace.
  void kill_tree() {
    const auto deadline = Clock::now() + std::chrono::seconds(5);
    while (Clock::now() < deadline) {
      int status = 0;
      pid_t pid = 0;
      while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == program_) program_status_ = status;
      }
      if (pid < 0 && errno == ECHILD) return;
      kill_all();
      wait_for_child(std::chrono::milliseconds(options_.isolated ? 20 : 2));
    }
  }

  void wait_for_child(std::chrono::milliseconds most) const {
    pollfd polled{child_signal_.get(), POLLIN, 0};
    if (::poll(&polled, 1, int(most.count())) <= 0) return;
    signalfd_siginfo ignored;
    while (::read(child_signal_.get(), &ignored, sizeof ignored) > 0) {
    }
  }

  void kill_all() const {
    if (options_.isolated) {
      ::kill(-1, SIGKILL);  // the first process of a namespace reaches all others, and only them
      return;
    }
    // Stopped first: who is stopped starts no new ones while the rest is found.
    const std::vector<ProcessStat> found = descendants(::getpid());
    for (const ProcessStat& process : found) ::kill(process.pid, SIGSTOP);
    for (const ProcessStat& process : descendants(::getpid())) ::kill(process.pid, SIGKILL);
  }

  void say(const GuardMessage& message) const {
    static_cast<void>(write_all(options_.status, std::as_bytes(std::span(&message, 1))));
  }

  const GuardOptions& options_;
  Descriptor child_signal_;
  pid_t program_ = 0;
  Clock::time_point started_;  ///< Put off by pauses.
  MissedTime missed_{Clock::now()};
  Clock::duration missed_in_all_{};
  Clock::duration sleep_{};   ///< The longest that the last wait was to be.
  Clock::duration waited_{};  ///< By the program for a processor, as far as it was granted.
  int program_status_ = 0;
  bool gone_ = false;
  std::uint64_t last_memory_ = 0;
  std::uint64_t peak_memory_ = 0;
  std::uint64_t cpu_us_ = 0;
};

}  // namespace

int guard_main(const GuardOptions& options) { return Guard(options).run(); }

}  // namespace tally::worker
