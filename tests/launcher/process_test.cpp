#include "launcher/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::launcher;

namespace {

ExitStatus wait_for(pid_t pid) {
  for (;;) {
    while (const auto reaped = reap_any()) {
      if (reaped->pid == pid) return reaped->status;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// Runs a shell script with stdout in a file and returns what it printed.
std::string output_of(const std::string& script,
                      std::map<std::string, std::string> environment = {}) {
  const TempDir dir;
  const auto file = dir.file("out", "");
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  CHECK(wait_for(start_process({{"sh", "-c", script}, std::move(environment)}, {fd, -1})).code ==
        0);
  ::close(fd);
  return contents(file);
}

}  // namespace

TEST_CASE("an exit code comes back as it is", "[launcher][process]") {
  const auto code = GENERATE(0, 1, 75, 255);
  const ExitStatus status =
      wait_for(start_process({{"sh", "-c", "exit " + std::to_string(code)}, {}}));
  CHECK(status.code == code);
  CHECK(status.signal == 0);
}

TEST_CASE("a process does not inherit what is unset for it", "[launcher][process]") {
  for (const char* name : {"TALLY_GONE_A", "TALLY_GONE_AB", "TALLY_GONES"})
    ::setenv(name, "here", 1);
  const auto given = [](std::vector<std::string> unset) {
    const TempDir dir;
    const std::string file = dir.file("out", "").string();
    static_cast<void>(
        wait_for(start_process({{"sh", "-c", "env | grep TALLY_GONE | LC_ALL=C sort >" + file},
                                {{"TALLY_GONE_SET", "ours"}},
                                std::move(unset)})));
    return contents(file);
  };
  CHECK(given({"TALLY_GONE_A"}) == "TALLY_GONES=here\nTALLY_GONE_AB=here\nTALLY_GONE_SET=ours\n");
  CHECK(given({"TALLY_GONE_*"}) == "TALLY_GONES=here\nTALLY_GONE_SET=ours\n");
  for (const char* name : {"TALLY_GONE_A", "TALLY_GONE_AB", "TALLY_GONES"}) ::unsetenv(name);
}

TEST_CASE("a process ended by a signal says which", "[launcher][process]") {
  const ExitStatus status = wait_for(start_process({{"sh", "-c", "kill -KILL $$"}, {}}));
  CHECK(status.signal == SIGKILL);
  CHECK(status.code == 0);
  CHECK(status.text() == "signal 9 (Killed)");
  CHECK(ExitStatus{75, 0}.text() == "exit code 75");
}

TEST_CASE("a program that is not there is named", "[launcher][process]") {
  CHECK_THROWS_WITH(
      start_process({{"/nowhere/program"}, {}}),
      TALLY_CONTAINS("/nowhere/program") && TALLY_CONTAINS("No such file or directory"));
  try {
    static_cast<void>(start_process({{"tally-no-such-program"}, {}}));
    FAIL("expected an error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::missing);
  }
}

TEST_CASE("a child has its own group, an empty stdin, no blocked signal", "[launcher][process]") {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  CHECK(output_of("cat; ps -o pgid= -p $$ | tr -d ' ' | grep -qx $$ && echo own") == "own\n");
  CHECK(output_of("awk '/^SigBlk/ {print $2}' /proc/self/status") == "0000000000000000\n");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("added environment replaces ours and keeps the rest", "[launcher][process]") {
  ::setenv("TALLY_TEST_KEPT", "kept", 1);
  ::setenv("TALLY_TEST_CHANGED", "old", 1);
  CHECK(output_of("echo $TALLY_TEST_KEPT $TALLY_TEST_CHANGED $TALLY_TEST_NEW",
                  {{"TALLY_TEST_CHANGED", "new"}, {"TALLY_TEST_NEW", "a b"}}) == "kept new a b\n");
}

TEST_CASE("shell text runs as the command it shows", "[launcher][process]") {
  const Command command{{"printf", "%s|", "plain", "two words", "it's", "$HOME", "", "a;b"},
                        {{"TALLY_TEST_NEW", "x y"}}};
  CHECK(shell_text(command) ==
        "env TALLY_TEST_NEW='x y' printf '%s|' plain 'two words' 'it'\\''s' '$HOME' '' 'a;b'");
  CHECK(output_of(shell_text(command)) == "plain|two words|it's|$HOME||a;b|");
}
