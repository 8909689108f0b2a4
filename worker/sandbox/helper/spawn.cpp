#include "worker/sandbox/helper/spawn.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <span>
#include <stdexcept>

#include "core/base/descriptor.hpp"
#include "worker/sandbox/step_signals.hpp"

namespace tally::worker {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

[[noreturn]] void fail(const std::string& path, int error) {
  throw std::runtime_error("start " + path + ": " + std::strerror(error));
}

}  // namespace

Spawn::Spawn() {
  posix_spawn_file_actions_init(&actions_);
  posix_spawnattr_init(&attributes_);
  sigset_t set;
  sigemptyset(&set);
  posix_spawnattr_setsigmask(&attributes_, &set);
  sigfillset(&set);
  for (const int number : step_signals) sigdelset(&set, number);
  posix_spawnattr_setsigdefault(&attributes_, &set);
  posix_spawnattr_setflags(&attributes_,
                           static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions_, 0, 1);
}

Spawn::~Spawn() {
  posix_spawn_file_actions_destroy(&actions_);
  posix_spawnattr_destroy(&attributes_);
}

void Spawn::pass(int from, int to) {
  posix_spawn_file_actions_adddup2(&actions_, from, to);
  passed_.emplace_back(from, to);
}

void Spawn::keep(int fd) {
  if (fd >= 0) pass(fd, fd);  // to itself: clears close-on-exec
}

void Spawn::change_folder(const std::string& to) {
  posix_spawn_file_actions_addchdir_np(&actions_, to.c_str());
  folder_ = to;
}

pid_t Spawn::run(const std::string& path, const std::vector<std::string>& words,
                 const std::vector<std::string>& environment) {
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> variables = pointers(environment);
  if (cgroup_ >= 0) return run_in_cgroup(path, argv.data(), variables.data());
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_, argv.data(), variables.data());
  if (error != 0) fail(path, error);
  return pid;
}

pid_t Spawn::run_in_cgroup(const std::string& path, char* const* words,
                           char* const* environment) const {
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) fail(path, errno);
  const Descriptor heard(report[0]);
  Descriptor said(report[1]);
  clone_args how{};
  how.flags = CLONE_INTO_CGROUP | CLONE_VFORK;
  how.exit_signal = SIGCHLD;
  how.cgroup = static_cast<__u64>(cgroup_);
  const long pid = ::syscall(SYS_clone3, &how, sizeof how);
  if (pid < 0) fail(path, errno);
  if (pid == 0) become(path, words, environment, said.get());
  static_cast<void>(said.close());
  int error = 0;
  if (read_some(heard.get(), std::as_writable_bytes(std::span(&error, 1))) == 0) {
    return static_cast<pid_t>(pid);
  }
  ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
  fail(path, error);
}

/// In the new process, a copy of a process of one thread.
void Spawn::become(const std::string& path, char* const* words, char* const* environment,
                   int report) const noexcept {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    const bool kept = std::find(std::begin(step_signals), std::end(step_signals), number) !=
                      std::end(step_signals);
    if (!kept) ::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDWR);
  bool well = null >= 0 && ::dup2(null, 0) == 0 && ::dup2(0, 1) == 1;
  for (const auto& [from, to] : passed_) {
    well = well && (from == to ? ::fcntl(to, F_SETFD, 0) == 0 : ::dup2(from, to) == to);
  }
  if (well && null > 1) ::close(null);
  if (well && (folder_.empty() || ::chdir(folder_.c_str()) == 0)) {
    ::execve(path.c_str(), words, environment);
  }
  const int error = errno;
  static_cast<void>(write_all(report, std::as_bytes(std::span(&error, 1))));
  ::_exit(127);
}

}  // namespace tally::worker
