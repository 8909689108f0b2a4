#include "launcher/children.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "catch.hpp"
#include "core/plan/process_identity.hpp"
#include "launcher/process.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::launcher;
using std::chrono::milliseconds;
using std::chrono::seconds;

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

TEST_CASE("excepted children live on", "[launcher][children]") {
  const pid_t kept = start_process({{"sleep", "1000"}, {}});
  const pid_t ended = start_process({{"sleep", "1000"}, {}});
  end_children({kept}, seconds(10));
  CHECK(identify_process(kept).has_value());
  CHECK_FALSE(identify_process(ended).has_value());
  end_children({}, seconds(10));
}
