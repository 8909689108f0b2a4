#include "core/plan/process_identity.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "catch.hpp"
#include "launcher/process.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::launcher;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("an identity survives its file", "[launcher][identity]") {
  const TempDir dir;
  const ProcessIdentity self = own_identity();
  CHECK(self.pid == ::getpid());
  CHECK_FALSE(self.boot_id.empty());
  CHECK(read_identity(dir.file("local.json", to_json(self))) == self);
}

TEST_CASE("what is no identity is none", "[launcher][identity]") {
  const TempDir dir;
  const auto text = GENERATE(as<std::string>(), "", "{", "[]", "{\"pid\": 7}",
                             R"({"host": "a", "boot_id": "b", "pid": "7", "start_ticks": 1})");
  CAPTURE(text);
  CHECK_FALSE(read_identity(dir.file("local.json", text)).has_value());
  CHECK_FALSE(read_identity(dir.path() / "absent").has_value());
}

TEST_CASE("a process is ended once and then gone", "[launcher][identity]") {
  const pid_t pid = start_process({{"sleep", "1000"}, {}});
  const auto process = identify_process(pid);
  REQUIRE(process.has_value());
  CHECK(end_process(*process, seconds(60)) == Ended::ended);
  CHECK_FALSE(identify_process(pid).has_value());  // a zombie is gone
  CHECK(end_process(*process, seconds(60)) == Ended::was_gone);
  while (!reap_any()) {
  }
}

TEST_CASE("another process with a recorded pid is left alone", "[launcher][identity]") {
  const pid_t pid = start_process({{"sleep", "1000"}, {}});
  auto process = identify_process(pid);
  REQUIRE(process.has_value());
  auto other = *process;
  SECTION("started at another time") { other.start_ticks += 1; }
  SECTION("of another boot") { other.boot_id = "another"; }
  SECTION("of another host") { other.host = "another"; }
  CHECK(end_process(other, seconds(60)) == Ended::was_gone);
  CHECK(identify_process(pid) == process);
  ::kill(pid, SIGKILL);
  while (!reap_any()) {
  }
}

TEST_CASE("a process that does not end is reported", "[launcher][identity]") {
  const pid_t pid = start_process({{"sleep", "1000"}, {}});
  const auto process = identify_process(pid);
  REQUIRE(process.has_value());
  ::kill(pid, SIGSTOP);  // a stopped process does not act on SIGTERM
  ::waitpid(pid, nullptr, WUNTRACED);
  CHECK(end_process(*process, milliseconds(20)) == Ended::still_there);
  ::kill(pid, SIGKILL);
  while (!reap_any()) {
  }
}
