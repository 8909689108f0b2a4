#include "worker/sandbox/supervisor_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "core/base/error.hpp"
#include "core/base/missed_time.hpp"
#include "worker/sandbox/step_signals.hpp"

namespace tally::worker {
namespace {

using Clock = std::chrono::steady_clock;

// The supervisor's own deadlines, with room: 30 s to start, the wall limit, 8 s to end, 5 to reap.
constexpr std::chrono::seconds patience{60};

pid_t start(const std::string& helper, std::array<std::string, 3> words, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t set;
  sigemptyset(&set);
  for (const int number : step_signals) sigaddset(&set, number);  // until it says so itself
  posix_spawnattr_setsigmask(&attributes, &set);
  sigfillset(&set);
  posix_spawnattr_setsigdefault(&attributes, &set);
  // A session of its own: a signal to our group is for us, and what we do about it is to close the
  // socket.
  posix_spawnattr_setflags(
      &attributes,
      static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID));
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  char* environment[] = {nullptr};
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, helper.c_str(), &actions, &attributes, argv, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    throw Error(Errc::unavailable, "sandbox: cannot start " + helper + ": " + std::strerror(error));
  }
  return pid;
}

}  // namespace

SupervisorProcess::SupervisorProcess(const std::filesystem::path& helper,
                                     const std::string& bubblewrap) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    throw Error(Errc::unavailable, std::string("sandbox: socketpair: ") + std::strerror(errno));
  }
  socket_ = Descriptor(ends[0]);
  const Descriptor theirs(ends[1]);
  pid_ = start(helper.string(), {"tally-sandbox", "--serve", bubblewrap}, theirs.get());
}

SupervisorProcess::~SupervisorProcess() {
  static_cast<void>(socket_.close());
  // Another library may reap all children of a rank: ECHILD is an end too.
  for (int waited_ms = 0; waited_ms < 8000; waited_ms += 2) {
    const pid_t got = ::waitpid(pid_, nullptr, WNOHANG);
    if (got == pid_ || (got < 0 && errno == ECHILD)) return;
    ::usleep(2000);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void sweep_after_supervisors(const std::filesystem::path& helper) noexcept try {
  const Descriptor nothing = Descriptor::open("/dev/null", O_RDWR);
  const pid_t pid = start(helper.string(), {"tally-sandbox", "--sweep", ""}, nothing.get());
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
} catch (const std::exception&) {
  return;  // an empty control group stays, which the next supervisor removes
}

bool SupervisorProcess::alive() const {
  if (!socket_.valid()) return false;
  char byte = 0;
  const ssize_t got = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EINTR);
}

SandboxResponse SupervisorProcess::gone(const std::string& problem) {
  static_cast<void>(socket_.close());
  SandboxResponse response;
  response.checker.problem = problem;
  response.candidate.problem = problem;
  return response;
}

SandboxResponse SupervisorProcess::ask(const SandboxRequest& request, const StopFlag& stop) {
  auto wall = longest_wall(request.job.limits);
  if (request.candidate) wall = std::max(wall, longest_wall(request.candidate->limits));
  WaitLimit limit(Clock::now(), wall + patience, most_between_looks);
  bool stopping = false;
  const KeepWaiting in_time = [&] { return limit.left(Clock::now()) > Clock::duration::zero(); };
  const KeepWaiting until_stopped = [&] {
    if (stop.requested() && !stopping) {
      stopping = true;
      if (!send_frame(socket_.get(), "", in_time)) return false;
    }
    return in_time();
  };
  if (!send_frame(socket_.get(), encode(request), in_time)) {
    return gone("the sandbox's supervisor did not take the program");
  }
  const auto frame = receive_frame(socket_.get(), until_stopped);
  if (!frame && errno == ETIME) {
    ::kill(pid_, SIGKILL);
    return gone("the sandbox's supervisor did not answer in time");
  }
  if (!frame) return gone("the sandbox's supervisor ended while the program ran");
  try {
    return decode_response(*frame);
  } catch (const std::runtime_error& error) {
    return gone(error.what());
  }
}

}  // namespace tally::worker
