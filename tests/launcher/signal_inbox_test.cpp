#include "launcher/signal_inbox.hpp"

#include "catch.hpp"
#include "launcher/process.hpp"

using namespace tally::launcher;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("signals arrive as values", "[launcher][signals]") {
  const auto signal = GENERATE(SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP);
  ::signal(signal, SIG_DFL);  // under nohup, or in the background of a script, some are ignored
  SignalInbox inbox;
  ::raise(signal);
  CHECK(inbox.wait(seconds(60)) == signal);
  CHECK(is_stop_signal(signal));
  CHECK_FALSE(inbox.wait(milliseconds(0)).has_value());
}

TEST_CASE("the end of a child wakes the inbox", "[launcher][signals]") {
  ::signal(SIGCHLD, SIG_IGN);  // as a careless parent may leave it
  SignalInbox inbox;
  const pid_t pid = start_process({{"sh", "-c", "exit 7"}, {}});
  CHECK(inbox.wait(seconds(60)) == SIGCHLD);
  CHECK_FALSE(is_stop_signal(SIGCHLD));
  const auto reaped = reap_any();
  REQUIRE(reaped.has_value());
  CHECK(reaped->pid == pid);
  CHECK(reaped->status.code == 7);
}

TEST_CASE("a hang-up that nohup ignored stays ignored", "[launcher][signals]") {
  ::signal(SIGHUP, SIG_IGN);
  {
    SignalInbox inbox;
    ::raise(SIGHUP);
    CHECK_FALSE(inbox.wait(milliseconds(0)).has_value());
  }
  ::signal(SIGHUP, SIG_DFL);
}

TEST_CASE("the mask is as before afterwards", "[launcher][signals]") {
  { const SignalInbox inbox; }
  sigset_t mask;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGTERM) == 0);
}
