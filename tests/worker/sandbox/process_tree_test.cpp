#include "worker/sandbox/helper/process_tree.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

namespace {

using namespace tally::worker;

char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos ? '?' : text.at(name_end + 2);
}

void wait_for_state(pid_t pid, char state) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (state_of(pid) != state && std::chrono::steady_clock::now() < end) ::usleep(1000);
  REQUIRE(state_of(pid) == state);
}

// A process whose first thread has ended, while another holds so much memory.
[[noreturn]] void leave_memory_to_a_thread(std::size_t bytes, int ready) {
  std::thread([bytes, ready] {
    const std::vector<char> held(bytes, 'x');
    static_cast<void>(!::write(ready, held.data(), 1));
    ::pause();
  }).detach();
  while (true) ::syscall(SYS_exit, 0);  // of this thread only
}

}  // namespace

TEST_CASE("A stat line is read whatever the process is called", "[sandbox]") {
  // utime 5, stime 6, cutime 7, cstime 8, 3 threads
  const std::string rest = " S 41 1 1 0 -1 4194560 9 9 9 9 5 6 7 8 20 0 3 0 100 200";
  for (const std::string name : {"python3", "a) R 1 (b", "", "x y\nz", ") ) )"}) {
    ProcessStat stat;
    REQUIRE(parse_stat("42 (" + name + ")" + rest, stat));
    CHECK(stat.parent == 41);
    CHECK(stat.cpu_ticks == 26);
    CHECK(stat.threads == 3);
    CHECK_FALSE(stat.zombie);
  }
}

TEST_CASE("A zombie is seen as one, and what is no stat line is not taken for one", "[sandbox]") {
  ProcessStat stat;
  REQUIRE(parse_stat("42 (x) Z 41 1 1 0 -1 0 0 0 0 0 5 0 0 0 20 0 1 0 100", stat));
  CHECK(stat.zombie);
  REQUIRE(parse_stat("42 (x) Z 41 1 1 0 -1 0 0 0 0 0 5 0 0 0 20 0 4 0 100", stat));
  CHECK_FALSE(stat.zombie);  // three threads live on
  CHECK(stat.threads == 4);
  CHECK_FALSE(parse_stat("", stat));
  CHECK_FALSE(parse_stat("42 (x)", stat));
  CHECK_FALSE(parse_stat("42 (x) R", stat));
}

TEST_CASE("Resident memory is what is anonymous or shared, in bytes", "[sandbox]") {
  const std::string status =
      "Name:\tx\nVmRSS:\t    9000 kB\nRssAnon:\t     104 kB\nRssFile:\t    1196 kB\nRssShmem:\t    "
      "   8 kB\n";
  CHECK(parse_resident(status) == 112 * 1024);
  CHECK(parse_resident("Name:\tx\nState:\tZ (zombie)\n") == 0);
}

TEST_CASE("What a thread waited for a processor is the second number", "[sandbox]") {
  CHECK(parse_waiting("0 17991022 1\n") == 17991);
  CHECK(parse_waiting("5000000 0 1") == 0);
  CHECK(parse_waiting("") == 0);
  CHECK(parse_waiting("7") == 0);
}

TEST_CASE("Descendants are found over two generations, and their use is summed", "[sandbox]") {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) {
      static_cast<void>(!::write(ready[1], "x", 1));
      ::pause();
    }
    ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const std::vector<ProcessStat> found = descendants(::getpid());
  const TreeUse use = use_of(found, ::getpid());
  for (const ProcessStat& process : found) ::kill(process.pid, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  REQUIRE(found.size() == 2);
  CHECK(found[0].pid == child);
  CHECK(found[1].parent == child);
  CHECK(use.tasks == 2);
  CHECK(use.memory > 0);
}

TEST_CASE("A zombie is a task of the tree unless it waits for its reaper", "[sandbox]") {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t ended;
    ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
    static_cast<void>(!::write(ready[1], "x", 1));
    ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const pid_t reapable = ::fork();
  if (reapable == 0) ::_exit(0);
  siginfo_t ended;
  REQUIRE(::waitid(P_PID, static_cast<id_t>(reapable), &ended, WEXITED | WNOWAIT) == 0);
  const std::vector<ProcessStat> found = descendants(::getpid());
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  ::waitpid(reapable, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  REQUIRE(found.size() == 3);
  CHECK(use_of(found, ::getpid()).tasks == 2);
  CHECK(use_of(found, parent).tasks == 2);
  CHECK(use_of(found, 0).tasks == 3);
}

TEST_CASE("A process whose first thread has ended is a living one, with all its memory",
          "[sandbox]") {
  constexpr std::size_t held = 32U << 20U;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) leave_memory_to_a_thread(held, ready[1]);
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  wait_for_state(child, 'Z');
  const std::vector<ProcessStat> found = descendants(::getpid());
  const TreeUse use = use_of(found, ::getpid());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].zombie);
  CHECK(use.tasks == 2);
  CHECK(use.memory >= held);
}
