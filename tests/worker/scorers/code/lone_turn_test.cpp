#include "worker/scorers/code/lone_turn.hpp"

#include <seccomp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "catch.hpp"

using namespace tally::worker;

namespace {

// The exit code of `act` in a process of its own; -1 when it takes more than ten seconds.
template <typename Act>
int alone(Act act) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    act();
    ::_exit(0);
  }
  int status = 0;
  for (int i = 0; i < 1000; ++i) {
    if (::waitpid(pid, &status, WNOHANG) == pid) return WEXITSTATUS(status);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  return -1;
}

}  // namespace

TEST_CASE("a file system without locks is waited for by nobody", "[.][scorer]") {
  for (const int error : {ENOSYS, ENOLCK}) {
    CHECK(alone([error] {
            const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
            ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(static_cast<unsigned>(error)),
                               SCMP_SYS(flock), 0);
            if (::seccomp_load(filter) != 0) ::_exit(1);
            const StopFlag stop;
            const LoneTurn turn(stop);
          }) == 0);
  }
}

TEST_CASE("a second turn waits for the first, or for a stop", "[.][scorer]") {
  const StopFlag never;
  StopFlag stop;
  const LoneTurn first(never);
  const auto begin = std::chrono::steady_clock::now();
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request();
  });
  const LoneTurn second(stop);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(200));
}
