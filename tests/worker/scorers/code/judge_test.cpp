#include "worker/scorers/code/judge.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "bench.hpp"
#include "catch.hpp"
#include "code_cases.hpp"
#include "processes.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

std::string prints_1(std::size_t times) {
  std::string tests;
  for (std::size_t i = 0; i < times; ++i)
    tests += fmt::format("{}{}", i == 0 ? "" : ",", R"({"input":"","output":"1\n"})");
  return fmt::format(R"({{"style":"stdio","tests":[{}]}})", tests);
}

const std::string kPrints1 = prints_1(1);

// A judge with limits of its own and a machine that is as busy as it is told.
struct Court {
  std::vector<TestResult> judge(const std::string& data, const std::string& program, bool busy,
                                bool sound = true) const {
    const Doc doc = code_doc("d", data, "");
    const CodeDoc parsed = parse_code_doc(doc);
    MachineState machine;
    machine.is_sound = [sound] { return sound; };
    machine.is_busy = [busy] { return busy; };
    return Judge(runner, 1, stop, machine).judge({parsed, doc.data, program, program, limits});
  }

  StopFlag stop;
  Sandbox sandbox{Sandbox::Mode::bubblewrap, sandbox_helper()};
  CodeRunner runner{sandbox,
                    find_interpreter("/usr/bin/python3", sandbox_helper(), false, stop),
                    {"exact", 0, 0},
                    stop};
  SandboxLimits limits;
};

// Seconds since 1970, for a program that does something only until then.
double in_seconds(double seconds) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return now.count() + seconds;
}

/// What becomes of a turn: its guard stands still for a second while it spins, somebody ends it, or
/// it is let go.
enum class Turn { paused, killed, passes };

/// Turns of a program that spins until it is let go. Those that are not foreseen are paused.
class PausedTurns {
 public:
  static constexpr const char* script = "/tally/solution.py";
  const std::string program = kTakesWord + "\nwhile " + kNoWord + ": pass\nprint(1)\n";

  explicit PausedTurns(std::vector<Turn> turns)
      : turns_(std::move(turns)), watcher_([this](const std::stop_token& over) {
          while (!over.stop_requested()) {
            for (const Process& python : pythons(script))
              if (waits(python.pid) && seen_.insert(python.pid).second) meet(python);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
          }
        }) {}

  /// How many there were, after the last.
  std::size_t count() {
    watcher_.request_stop();
    watcher_.join();
    return seen_.size();
  }

 private:
  void meet(const Process& python) const {
    const Turn turn = seen_.size() <= turns_.size() ? turns_[seen_.size() - 1] : Turn::paused;
    if (turn == Turn::passes) {
      static_cast<void>(let_go(python.pid));
    } else if (turn == Turn::killed) {
      ::kill(python.pid, SIGTERM);
    } else {
      ::kill(python.parent, SIGSTOP);
      std::this_thread::sleep_for(std::chrono::seconds(1));
      ::kill(python.parent, SIGCONT);
    }
  }

  const std::vector<Turn> turns_;
  std::set<int> seen_;
  std::jthread watcher_;
};

// Keeps all threads from here on, and what they start, on one processor.
class OneProcessor {
 public:
  OneProcessor() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (std::size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
      if (CPU_ISSET(i, &before_)) CPU_SET(i, &one);
    ::sched_setaffinity(0, sizeof one, &one);
  }
  ~OneProcessor() { ::sched_setaffinity(0, sizeof before_, &before_); }
  OneProcessor(const OneProcessor&) = delete;
  OneProcessor& operator=(const OneProcessor&) = delete;

 private:
  cpu_set_t before_{};
};

}  // namespace

TEST_CASE("who ran out of wall time alone on a busy machine gets another turn",
          "[.][scorer][trap-21]") {
  Court court;
  court.limits.wall = std::chrono::milliseconds(3'000);
  // Waits for a moment that the first turn does not live to see.
  const std::string waits = fmt::format(
      "import time\nwhile time.time() < {}: time.sleep(0.01)\nprint(1)\n", in_seconds(5));
  CHECK(court.judge(kPrints1, waits, true).at(0).verdict == TestVerdict::passed);
  const TestResult never = court.judge(kPrints1, "import time\ntime.sleep(1000)\n", false).at(0);
  CHECK(never.verdict == TestVerdict::timeout);
  CHECK(never.note == "wall limit of 3 s");
  CHECK_FALSE(never.starved);
  CHECK(court.judge(kPrints1, "import time\ntime.sleep(1000)\n", true).at(0).starved);
}

TEST_CASE("who loads in another turn has passed one test and not all", "[.][scorer][trap-21]") {
  Court court;
  court.limits.wall = std::chrono::milliseconds(4'000);
  const std::string data =
      R"({"style":"asserts","setup":"","tests":["assert f(0) == 0","assert f(1) == 1",)"
      R"("assert f(2) == 2"]})";
  const std::string late = fmt::format(
      "import time\nwhile time.time() < {}: time.sleep(0.01)\ndef f(x): return 0\n", in_seconds(5));
  const std::vector<TestResult> results = court.judge(data, late, true);
  REQUIRE(results.size() == 3);
  CHECK(results[0].verdict == TestVerdict::passed);
  CHECK(results[1].verdict == TestVerdict::wrong);
  CHECK(results[2].verdict == TestVerdict::wrong);
}

TEST_CASE("a signal that others may have sent is looked into once", "[.][scorer]") {
  const Court court;
  const std::string program =
      "import os, time\nbegan = time.time()\ntime.sleep(1.5)\n"
      "if {}: os.kill(os.getpid(), 15)\nprint(1)\n";
  const std::string once =
      fmt::format(fmt::runtime(program), fmt::format("began < {}", in_seconds(1.2)));
  CHECK(court.judge(kPrints1, once, false).at(0).verdict == TestVerdict::passed);
  const TestResult always =
      court.judge(kPrints1, fmt::format(fmt::runtime(program), "True"), false).at(0);
  CHECK(always.verdict == TestVerdict::error);
  CHECK(always.note == "it was ended by signal 15");
}

TEST_CASE("who ends itself in each test does not cost a second each time", "[.][scorer]") {
  const Court court;
  const std::size_t tests = 40;  // 80 s, were each waited for
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<TestResult> results =
      court.judge(prints_1(tests), "import os\nos.kill(os.getpid(), 15)\n", false);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
  REQUIRE(results.size() == tests);
  for (const TestResult& result : results) {
    CHECK(result.verdict == TestVerdict::error);
    CHECK(result.note == "it was ended by signal 15");
  }
}

TEST_CASE("a signal to the whole step is no verdict on who has ended itself before",
          "[.][scorer]") {
  const Court court;
  std::jthread ender([](const std::stop_token& over) {
    while (!over.stop_requested()) {
      for (const Process& python : pythons("/tally/solution.py")) {
        if (!waits(python.pid)) continue;
        for (const Process& each : offspring(::getpid()))
          if (each.parent == ::getpid()) ::kill(each.pid, SIGTERM);  // the supervisor
        ::kill(python.pid, SIGTERM);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const std::string data =
      R"({"style":"stdio","tests":[{"input":"end\n","output":""},{"input":"end\n","output":""},)"
      R"({"input":"end\n","output":""},{"input":"wait\n","output":""}]})";
  const std::string program = "import os\nif input() == 'end': os.kill(os.getpid(), 15)\n" +
                              kTakesWord + "\nwhile " + kNoWord + ": pass\n";
  const std::vector<TestResult> results = court.judge(data, program, false);
  REQUIRE(results.size() == 4);
  CHECK(results[2].verdict == TestVerdict::error);
  CHECK(results[3].verdict == TestVerdict::broken);
  CHECK(results[3].note == "signal 15 was sent to the whole step");
}

TEST_CASE("processor time that ran out in a pause gets another turn", "[.][scorer][trap-21]") {
  Court court;
  court.limits.cpu = std::chrono::milliseconds(2'000);
  court.limits.wall = std::chrono::milliseconds(60'000);
  PausedTurns once({Turn::paused, Turn::passes});
  CHECK(court.judge(kPrints1, once.program, false).at(0).verdict == TestVerdict::passed);
  CHECK(once.count() == 2);

  PausedTurns killed_before({Turn::killed, Turn::paused, Turn::passes});
  CHECK(court.judge(kPrints1, killed_before.program, false).at(0).verdict == TestVerdict::passed);
  CHECK(killed_before.count() == 3);

  PausedTurns always({Turn::paused, Turn::paused});
  const TestResult again = court.judge(kPrints1, always.program, false).at(0);
  CHECK(always.count() == 2);
  CHECK(again.verdict == TestVerdict::timeout);
  CHECK(again.note == "cpu limit of 2 s");
  CHECK(again.starved);
}

TEST_CASE("an interpreter that does not start is no fault of the program", "[.][scorer]") {
  const Court court;
  const std::string says =
      "import sys\nsys.stderr.write('Fatal Python error: init_fs_encoding\\n')\nsys.exit(1)\n";
  CHECK(court.judge(kPrints1, says, false, false).at(0).verdict == TestVerdict::broken);
  const TestResult sound = court.judge(kPrints1, says, false, true).at(0);
  CHECK(sound.verdict == TestVerdict::error);
  CHECK(sound.note == "Fatal Python error: init_fs_encoding");
}

TEST_CASE("time without a processor is not the program's, within the grace",
          "[.][scorer][trap-21]") {
  const OneProcessor bound;
  std::vector<std::jthread> others;
  for (int i = 0; i < 8; ++i) {
    others.emplace_back([](const std::stop_token& over) {
      for (volatile unsigned turn = 0; !over.stop_requested();) turn = turn + 1;
    });
  }
  Court court;
  court.limits.wall = std::chrono::milliseconds(1'000);
  const std::string works = "import time\nwhile time.process_time() < 0.6: pass\nprint(1)\n";
  CHECK(court.judge(kPrints1, works, false).at(0).verdict == TestVerdict::timeout);
  court.limits.wall_grace = std::chrono::milliseconds(60'000);
  CHECK(court.judge(kPrints1, works, false).at(0).verdict == TestVerdict::passed);
  // Who sleeps waits for no processor.
  const auto begin = std::chrono::steady_clock::now();
  const TestResult sleeps = court.judge(kPrints1, "import time\ntime.sleep(1000)\n", false).at(0);
  CHECK(sleeps.verdict == TestVerdict::timeout);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(50));
}
