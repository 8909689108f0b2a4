// The real program, killed, starved and raced. Labelled crash: it takes seconds, not milliseconds.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <thread>

#include "catch.hpp"
#include "run_fixture.hpp"
#include "skip.hpp"

using namespace tally;
using namespace tally::aggregator;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kItems = 4000;

/// `count` shards with texts that fill several blocks.
void fill(const TestRun& test, std::uint32_t count) {
  std::mt19937 random(20'260'106);
  for (std::uint32_t s = 0; s < count; ++s) {
    std::vector<Record> records;
    for (Ordinal i = kItems * s / count; i < kItems * (s + 1) / count; ++i) {
      records.push_back(scored(i, i % 3 == 0 ? 1.0 : 0.0, std::to_string(i % 10)));
      for (int k = 0; k < 60; ++k) records.back().texts[0] += std::to_string(random());
    }
    test.commit(records, s);
  }
}

pid_t start(const std::string& command) {
  const std::string shell = "exec " + command + " >/dev/null";
  std::string words[] = {"/bin/sh", "-c", shell};
  char* const arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t pid = -1;
  REQUIRE(::posix_spawn(&pid, "/bin/sh", nullptr, nullptr, arguments, environ) == 0);
  return pid;
}

/// The exit code, or minus the signal.
int wait_for(pid_t pid) {
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string program(const TestRun& test) {
  return std::string(TALLY_AGGREGATE) + " '" + test.run.root().string() + "'";
}

int aggregate(const TestRun& test) { return wait_for(start(program(test))); }

std::string everything(const TestRun& test) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(test.current())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::string all;
  for (const auto& file : files) all += file.filename().string() + test.output(file.filename());
  return all;
}

using Clock = std::chrono::steady_clock;

/// How long a run takes: of two the shorter, for nothing speeds a run up.
Clock::duration time_of_a_run(const TestRun& test) {
  auto shortest = Clock::duration::max();
  for (int run = 0; run < 2; ++run) {
    const auto begin = Clock::now();
    REQUIRE(aggregate(test) == 0);
    shortest = std::min(shortest, Clock::now() - begin);
  }
  return shortest;
}

/// Removes the results, also when a child that its killed parent left is still in a system call.
void forget_results(const TestRun& test) {
  std::error_code busy;
  do {
    fs::remove_all(test.run.results(), busy);
  } while (busy);
}

bool has_ended(pid_t pid) {
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0);
  return ended.si_pid == pid;
}

void start_and_kill(const TestRun& test, Clock::duration after) {
  const pid_t pid = start(program(test));
  std::this_thread::sleep_for(after);
  ::kill(pid, SIGKILL);
  static_cast<void>(wait_for(pid));
}

/// Kills a run as soon as there are results, made by it or there before.
void start_and_kill_when_published(const TestRun& test) {
  do {  // again where it found the last victim's child at work
    const pid_t pid = start(program(test));
    while (!fs::exists(test.current()) && !has_ended(pid))
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    ::kill(pid, SIGKILL);
    const int code = wait_for(pid);
    REQUIRE((code == 75 || code == -SIGKILL || fs::exists(test.current())));
  } while (!fs::exists(test.current()));
}

/// Names of unfinished results.
std::vector<std::string> leftovers(const TestRun& test) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(test.run.results())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".new-") || name.starts_with(".old-") || name.starts_with(".current-"))
      names.push_back(name);
  }
  return names;
}

}  // namespace

TEST_CASE("killed at a hundred moments, the next run gives the same bytes", "[crash]") {
  const TestRun test(make_plan(kItems / 2, 2, {"accuracy", "maj@2"}));
  fill(test, 6);
  const auto whole = time_of_a_run(test);
  const std::string reference = everything(test);
  const auto seed =
      static_cast<unsigned>(std::chrono::system_clock::now().time_since_epoch().count());
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  int published = 0;
  for (int kill = 0; kill < 100; ++kill) {
    if (kill % 10 == 0) forget_results(test);
    if (kill % 10 == 5)
      start_and_kill_when_published(test);  // however slow the machine has become
    else
      start_and_kill(test, whole * (random() % 1000) / 1000);
    // A link that leads nowhere is no result: a kill can leave one where names cannot be exchanged.
    if (!fs::exists(test.current())) continue;
    ++published;
    CHECK(everything(test) == reference);
  }
  CHECK(published >= 10);
  int code = 75;
  for (const auto deadline = Clock::now() + std::chrono::seconds(120);
       code == 75 && Clock::now() < deadline;) {
    code = aggregate(test);  // busy until the last victim's child is gone
    if (code == 75) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK(code == 0);
  CHECK(everything(test) == reference);
  CHECK(leftovers(test).empty());
  CHECK(fs::is_empty(test.run.quarantine()));
}

TEST_CASE("a limit on file sizes gives 74 and leaves the old results", "[crash]") {
  const TestRun test(make_plan(kItems / 2, 2, {"accuracy"}));
  fill(test, 2);
  REQUIRE(aggregate(test) == 0);
  const std::string reference = everything(test);
  const auto size = fs::file_size(test.current() / "results.h5");
  fill(test, 3);  // more shards: the results would be new
  for (const std::uint64_t kilobytes : {0UL, 1UL, 8UL, size / 2048, size / 1024 - 1}) {
    CAPTURE(kilobytes);
    const std::string limited = "/bin/bash -c 'ulimit -f " + std::to_string(kilobytes) + "; exec " +
                                TALLY_AGGREGATE + " " + test.run.root().string() + "'";
    CHECK(wait_for(start(limited)) == 74);
    CHECK(everything(test) == reference);
    CHECK(leftovers(test).empty());
  }
  CHECK(aggregate(test) == 0);
}

TEST_CASE("a full disk gives 74 and publishes nothing half", "[.][tmpfs]") {
  const TestRun test(make_plan(kItems / 2, 2, {"accuracy"}));
  fill(test, 4);
  REQUIRE(aggregate(test) == 0);
  const std::string reference = everything(test);
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(test.current())) bytes += fs::file_size(entry);
  fs::remove_all(test.run.results());
  fs::create_directory(test.run.results());
  bool room = false;
  for (std::uintmax_t size = 64 << 10; !room; size += bytes / 8) {
    CAPTURE(size);
    const std::string options = "size=" + std::to_string(size);
    if (::mount("none", test.run.results().c_str(), "tmpfs", 0, options.c_str()) != 0) {
      skip_entry("mounting a tmpfs needs root");
    }
    const int code = aggregate(test);
    room = code == 0;
    if (!room) CHECK(code == 74);
    CHECK(fs::is_symlink(test.current()) == room);
    CHECK(leftovers(test).empty());
    if (room) CHECK(everything(test) == reference);
    REQUIRE(::umount2(test.run.results().c_str(), MNT_DETACH) == 0);
    REQUIRE(size < 4 * bytes + (1 << 20));
  }
}

TEST_CASE("two aggregators at once publish one after the other", "[crash]") {
  const TestRun test(make_plan(kItems / 2, 2, {"accuracy"}));
  fill(test, 3);
  REQUIRE(aggregate(test) == 0);
  const std::string reference = everything(test);
  for (int race = 0; race < 20; ++race) {
    const pid_t first = start(program(test));
    const pid_t second = start(program(test));
    CHECK(wait_for(first) == 0);
    CHECK(wait_for(second) == 0);
    CHECK(everything(test) == reference);
  }
}

TEST_CASE("a stop signal gives 75 and leaves nothing behind", "[crash]") {
  const TestRun test(make_plan(kItems / 2, 2, {"accuracy"}));
  fill(test, 3);
  for (int stop = 0; stop < 10; ++stop) {
    fs::remove_all(test.run.results());
    const pid_t pid = start(program(test));
    std::this_thread::sleep_for(std::chrono::milliseconds(3 * stop));
    ::kill(pid, SIGTERM);
    const int code = wait_for(pid);
    CAPTURE(stop, code);
    CHECK((code == 0 || code == 75 || code == -SIGTERM));  // the last: before we listened
    if (fs::exists(test.run.results())) CHECK(leftovers(test).empty());
  }
}

TEST_CASE("exit codes name what is wrong", "[crash]") {
  const TestRun test(make_plan(10, 1));
  CHECK(wait_for(start(TALLY_AGGREGATE)) == 64);
  CHECK(wait_for(start(std::string(TALLY_AGGREGATE) + " /nonexistent")) == 66);
  CHECK(wait_for(start(program(test) + " --timeout 2")) == 64);
  CHECK(wait_for(start(std::string(TALLY_AGGREGATE) + " --help")) == 0);
  CHECK(aggregate(test) == 75);
  std::ofstream(test.run.plan(), std::ios::trunc) << "{}";
  CHECK(aggregate(test) == 65);
}
