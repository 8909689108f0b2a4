#include "worker/signals.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"

using namespace std::chrono_literals;
using tally::worker::StopActions;
using tally::worker::StopFlag;
using tally::worker::StopWatch;

namespace {

/// Signals blocked, none left over from another test.
void start_clean() {
  tally::worker::block_stop_signals();
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  const timespec now{};
  while (::sigtimedwait(&blocked, nullptr, &now) > 0) {
  }
}

void wait_until(const std::atomic<int>& count, int goal) {
  while (count < goal) std::this_thread::sleep_for(1ms);  // ctest ends what never comes
}

struct Seen {
  std::atomic<int> stops{0};
  std::atomic<int> overdue{0};
  [[nodiscard]] StopActions actions(std::chrono::milliseconds grace) {
    return {grace, [this] { ++stops; }, [this] { ++overdue; }};
  }
};

}  // namespace

TEST_CASE("a stop signal sets the flag and calls on_stop once", "[worker][signals]") {
  const int signal = GENERATE(SIGTERM, SIGINT, SIGUSR1, SIGUSR2);
  start_clean();
  StopFlag stop;
  Seen seen;
  StopWatch watch(stop, seen.actions(1h));
  CHECK_FALSE(stop.requested());
  ::kill(::getpid(), signal);
  wait_until(seen.stops, 1);
  CHECK(stop.requested());
  ::kill(::getpid(), signal);
  watch.trigger("again");
  watch.release();
  std::this_thread::sleep_for(5ms);
  CHECK(seen.stops == 1);
  CHECK(seen.overdue == 0);
}

TEST_CASE("SIGUSR2 says that a rank is dead, also after another stop", "[worker][signals]") {
  start_clean();
  StopFlag stop;
  Seen seen;
  std::atomic<int> alone{0};
  StopActions actions = seen.actions(1h);
  actions.on_alone = [&] { ++alone; };
  StopWatch watch(stop, actions);
  ::kill(::getpid(), SIGUSR1);
  wait_until(seen.stops, 1);
  CHECK_FALSE(stop.alone());
  ::kill(::getpid(), SIGUSR2);
  wait_until(alone, 1);
  CHECK(stop.alone());
  CHECK(seen.stops == 1);
}

TEST_CASE("a rank left alone at its start ends", "[worker][signals]") {
  start_clean();
  const pid_t rank = ::fork();
  REQUIRE(rank >= 0);
  if (rank == 0) {
    const tally::worker::EndIfAlone alone;
    ::kill(::getpid(), SIGUSR1);  // an ordinary stop waits for StopWatch
    ::kill(::getpid(), SIGUSR2);
    for (;;) ::pause();
  }
  int status = 0;
  REQUIRE(::waitpid(rank, &status, 0) == rank);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 75);
}

TEST_CASE("after the start a SIGUSR2 is the watch's", "[worker][signals]") {
  start_clean();
  { const tally::worker::EndIfAlone alone; }
  ::kill(::getpid(), SIGUSR2);
  StopFlag stop;
  Seen seen;
  const StopWatch watch(stop, seen.actions(1h));
  wait_until(seen.stops, 1);
  CHECK(stop.alone());
}

TEST_CASE("a compute thread that does not come back is overdue after the grace",
          "[worker][signals]") {
  start_clean();
  StopFlag stop;
  Seen seen;
  StopWatch watch(stop, seen.actions(10ms));
  watch.trigger("test");
  CHECK(stop.requested());
  wait_until(seen.overdue, 1);
  CHECK(seen.stops == 1);
}

TEST_CASE("a released watch is never overdue", "[worker][signals]") {
  start_clean();
  StopFlag stop;
  Seen seen;
  StopWatch watch(stop, seen.actions(10ms));
  watch.release();
  watch.trigger("test");
  wait_until(seen.stops, 1);
  std::this_thread::sleep_for(30ms);
  CHECK(seen.overdue == 0);
}
