#include "launcher/children.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "core/plan/process_identity.hpp"
#include "launcher/process.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::launcher;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
std::function<void()> at_end_of_folder;  // called once
}

// In place of the C library's, for the whole program.
extern "C" dirent* readdir(DIR* directory) {
  static const auto real = reinterpret_cast<dirent* (*)(DIR*)>(::dlsym(RTLD_NEXT, "readdir"));
  dirent* const entry = real(directory);
  const int error = errno;  // what tells the end from a failure
  if (entry == nullptr && at_end_of_folder) std::exchange(at_end_of_folder, nullptr)();
  errno = error;
  return entry;
}

namespace {

/// Waits until `file` holds a number and returns it.
pid_t number_in(const std::filesystem::path& file) {
  for (;;) {
    pid_t number = 0;
    if (std::ifstream(file) >> number) return number;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

bool is_child(pid_t pid) {
  const auto children = child_pids();
  return std::find(children.begin(), children.end(), pid) != children.end();
}

}  // namespace

TEST_CASE("orphans in a session of their own are adopted and ended", "[launcher][children]") {
  adopt_orphans();
  const TempDir dir;
  const auto file = dir.path() / "pid";
  const std::string script = "setsid sh -c 'echo $$ > " + file.string() + ".new; mv " +
                             file.string() + ".new " + file.string() +
                             "; exec sleep 1000' & sleep 0.01; exit 0";
  static_cast<void>(start_process({{"sh", "-c", script}, {}}));
  const pid_t orphan = number_in(file);
  while (!is_child(orphan)) std::this_thread::sleep_for(milliseconds(1));
  end_children({}, seconds(10));  // sleep dies of SIGUSR1
  CHECK_FALSE(identify_process(orphan).has_value());
  CHECK(child_pids().empty());
}

TEST_CASE("a child that ignores the request is killed after the grace", "[launcher][children]") {
  const TempDir dir;
  const auto file = dir.path() / "pid";
  const std::string script = "trap '' USR1; echo $$ > " + file.string() + ".new; mv " +
                             file.string() + ".new " + file.string() +
                             "; while :; do sleep 0.05; done";
  const pid_t stubborn = start_process({{"sh", "-c", script}, {}});
  CHECK(number_in(file) == stubborn);
  end_children({}, milliseconds(30));
  CHECK_FALSE(identify_process(stubborn).has_value());
}

TEST_CASE("what a child leaves behind at the last moment is ended too", "[launcher][children]") {
  adopt_orphans();
  const TempDir dir;
  const auto file = dir.path() / "pid";
  const std::string script = "sleep 1000 & echo $! > " + file.string() + ".new; mv " +
                             file.string() + ".new " + file.string() + "; wait";
  const pid_t child = start_process({{"sh", "-c", script}, {}});
  const pid_t grandchild = number_in(file);
  at_end_of_folder = [&] {  // all processes are read, the grandchild as a child of the child
    ::kill(child, SIGKILL);
    siginfo_t ended{};
    ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
  };
  end_children({}, seconds(600));
  CHECK_FALSE(at_end_of_folder);
  CHECK_FALSE(identify_process(grandchild).has_value());
  CHECK(child_pids().empty());
}

TEST_CASE("a child is killed even when all time for it has passed", "[launcher][children]") {
  const pid_t late = start_process({{"sleep", "1000"}, {}});
  end_children({}, -seconds(3600));  // as after standing still for an hour
  CHECK_FALSE(identify_process(late).has_value());
}

TEST_CASE("excepted children live on", "[launcher][children]") {
  const pid_t kept = start_process({{"sleep", "1000"}, {}});
  const pid_t ended = start_process({{"sleep", "1000"}, {}});
  end_children({kept}, seconds(10));
  CHECK(identify_process(kept).has_value());
  CHECK_FALSE(identify_process(ended).has_value());
  end_children({}, seconds(10));
}
