#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "bench.hpp"
#include "catch.hpp"
#include "code_cases.hpp"
#include "core/base/json_writer.hpp"
#include "processes.hpp"

using namespace tally;
using namespace tally::worker;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kUnits = 6;  // what one process gets: a stdio test, 16 assertions
constexpr std::size_t kCallsOfUnit = 16;
constexpr auto kGrace = 300ms;  // for one more than there should be
constexpr auto kPatience = 60s;

// Waits for a word from outside: a program in a sandbox sees nobody else.
const std::string kWaits = kTakesWord + "\nimport time\nwhile " + kNoWord + ": time.sleep(0.01)\n";

/// One way to run the tests of a doc.
struct Style {
  std::string name;
  std::string script;  ///< What Python runs.
  std::string data;    ///< Of a doc with kUnits units.
  std::string program;
};

Style stdio() {
  JsonWriter json;
  json.begin_object().key("style").value("stdio").key("tests").begin_array();
  for (std::size_t i = 0; i < kUnits; ++i)
    json.begin_object().key("input").value("").key("output").value("1\n").end_object();
  json.end_array().end_object();
  return {"stdio", "/tally/solution.py", std::move(json).text(), kWaits + "print(1)\n"};
}

Style asserts() {
  JsonWriter json;
  json.begin_object().key("style").value("asserts").key("setup").value("").key("tests");
  json.begin_array();
  for (std::size_t i = 0; i < kUnits * kCallsOfUnit; ++i)
    json.value(fmt::format("assert f({}) == {}", i, i));
  json.end_array().end_object();
  return {"asserts", "/tally/candidate.py", std::move(json).text(),
          kWaits + "def f(x):\n    return x\n"};
}

std::set<int> waiting(const std::string& script) {
  std::set<int> out;
  for (const Process& each : pythons(script))
    if (waits(each.pid)) out.insert(each.pid);
  return out;
}

/// Lets programs go once `workers` of them are there, or as many as are left, and no other comes.
/// Returns the most that were there at once; asks for a stop when they cannot be let go.
std::size_t watch(const std::string& script, std::size_t workers, const std::stop_token& over,
                  StopFlag& stop) {
  std::set<int> gone;
  std::size_t most = 0;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!over.stop_requested()) {
    std::set<int> there = waiting(script);
    std::erase_if(there, [&](int pid) { return gone.contains(pid); });
    const bool late = std::chrono::steady_clock::now() > end;
    if (there.size() >= std::min(workers, kUnits - gone.size()) || late) {
      if (!late) std::this_thread::sleep_for(kGrace);
      there = waiting(script);
      std::erase_if(there, [&](int pid) { return gone.contains(pid); });
      most = std::max(most, there.size());
      for (const int pid : there)
        if (!let_go(pid)) stop.request();
      gone.merge(there);
    }
    std::this_thread::sleep_for(5ms);
  }
  return most;
}

}  // namespace

TEST_CASE("so many tests of a doc as test_workers says run at once", "[.][test_workers]") {
  const Style style = GENERATE(stdio(), asserts());
  const unsigned workers = GENERATE(1U, 4U);
  INFO(style.name << " with " << workers);
  Bench bench("raw", workers);
  bench.entry.limits.cpu = 60s;
  bench.entry.limits.wall = 300s;
  bench.scorer();  // what it runs to know the sandbox is over
  std::size_t most = 0;
  std::jthread watcher(
      [&](const std::stop_token& over) { most = watch(style.script, workers, over, bench.stop); });
  const Score score = bench.score(code_doc("d", style.data, ""), style.program);
  watcher.request_stop();
  watcher.join();
  INFO(score.explanation);
  CHECK(score.value == 1.0);
  CHECK(most == workers);
}
