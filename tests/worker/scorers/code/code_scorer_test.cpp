#include "worker/scorers/code/code_scorer.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include "bench.hpp"
#include "catch.hpp"
#include "code_cases.hpp"
#include "core/base/json_writer.hpp"
#include "no_forgery_passes.hpp"
#include "processes.hpp"
#include "temp_dir.hpp"
#include "worker/scorers/code/interpreter.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

// "passed", or the verdict of the first test that did not.
std::string word(const Score& score) {
  if (score.outcome == Outcome::timeout) return "timeout";
  if (score.outcome != Outcome::scored) return "none: " + score.explanation;
  if (score.value == 1.0) return "passed";
  return score.explanation.find(": wrong: ") != std::string::npos ? "wrong" : "error";
}

std::string data_of(const std::vector<std::string>& asserts) {
  JsonWriter json;
  json.begin_object().key("style").value("asserts").key("setup").value("").key("tests");
  json.begin_array();
  for (const std::string& each : asserts) json.value(each);
  json.end_array().end_object();
  return std::move(json).text();
}

// f(0) == 0 and so on.
std::string counting(int tests) {
  std::vector<std::string> asserts;
  for (int i = 0; i < tests; ++i) asserts.push_back(fmt::format("assert f({}) == {}", i, i));
  return data_of(asserts);
}

const std::string kAdd = "def add(a, b):\n    return a + b\n";

// What a wrong value, whatever it is, cannot pass.
Doc forged_doc(const std::string& style) {
  if (style == "humaneval")
    return code_doc("add",
                    R"({"style":"humaneval","prompt":"","entry_point":"add",)"
                    R"("test":"def check(f):\n    assert f(1, 2) == 3\n"})",
                    kAdd);
  if (style == "functional")
    return code_doc("add",
                    R"({"style":"functional","entry_point":"add","starter":"",)"
                    R"("tests":[{"args":[1,2],"expected":3},{"args":["a","b"],"expected":"ab"}]})",
                    kAdd);
  return code_doc("add",
                  data_of({"assert add(1, 2) == 3", "assert add(1, 2) in (3,)",
                           "import math\nassert math.isclose(add(0.1, 0.2), 0.3)",
                           "assert sorted(add([2], [1])) == [1, 2]",
                           "assert isinstance(add(1, 2), int) and str(add(1, 2)) == '3'",

                           "assert set(add([1], [2])) == {1, 2}", "assert 2 < add(1, 2) < 4",
                           "try:\n    x = add(1, 2)\nexcept:\n    x = 0\nassert x == 3"}),
                  kAdd);
}

void rest_a_moment() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

// What isolates the interpreter of a script: bubblewrap and the guard.
std::vector<Process> fences(const std::string& script) {
  std::set<int> interpreters;
  for (const Process& each : pythons(script)) interpreters.insert(each.pid);
  std::vector<Process> out;
  for (const Process& each : offspring(::getpid())) {
    if (!interpreters.contains(each.pid) && command_of(each.pid).find(script) != std::string::npos)
      out.push_back(each);
  }
  return out;
}

// A function that is asked and never answers; whoever waits for that sees it.
const std::string kAskedForEver = "def f(x):\n    " + kTakesWord + "\n    while True: pass\n";

void wait_until_asked() {
  const auto asked = [] {
    const std::vector<Process> candidates = pythons("/tally/candidate.py");
    return std::ranges::any_of(candidates, [](const Process& each) { return waits(each.pid); });
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!asked() && std::chrono::steady_clock::now() < end) rest_a_moment();
}

// Each style is an entry of its own: they take minutes.
void no_forgery_passes(const std::string& style) {
  Bench bench;
  INFO(style);
  check_no_forgery_passes(bench, forged_doc(style), kAdd, forgeries());
}

}  // namespace

TEST_CASE("canonical programs pass; small faults are found, and exits before the tests",
          "[.][cases][trap-19]") {
  Bench bench;
  for (const CodeCase& each : code_cases()) {
    INFO(each.name);
    const Score right = bench.score(each.doc, each.right);
    INFO(right.explanation);
    CHECK(word(right) == "passed");
    CHECK(right.explanation.empty());
    CHECK(right.metrics.at(1) == 1.0F);
    for (const auto& [verdict, program] : each.wrong) {
      INFO(program);
      const Score wrong = bench.score(each.doc, program);
      INFO(wrong.explanation);
      CHECK(word(wrong) == verdict);
      CHECK(wrong.metrics.at(1) < 1.0F);
    }
  }
}

TEST_CASE("what continues a prompt does so within its last line, a whole program on the next",
          "[.][cases]") {
  const auto doc = [](const std::string& prompt, const std::string& canonical) {
    return code_doc("twice",
                    R"({"style":"humaneval","entry_point":"twice","prompt":")" + prompt +
                        R"(","test":"def check(f):\n    assert f(4) == 8\n"})",
                    canonical);
  };
  Bench completing("humaneval:raw");
  const Doc within = doc("def twice(x):\\n    return 2 * ", "x\n");
  CHECK(word(completing.score(within, "x\n")) == "passed");
  CHECK(word(completing.score(within, "1\n")) == "wrong");
  Bench chatting("first_block");
  const std::string whole = "def twice(x):\n    return 2 * x\n";
  CHECK(word(chatting.score(doc("FACTOR = 2", "\n" + whole), "```\n" + whole + "```")) == "passed");
}

TEST_CASE("no forged program passes a test of HumanEval, and nothing of it is left",
          "[.][forgeries_humaneval][trap-19][trap-22]") {
  no_forgery_passes("humaneval");
}

TEST_CASE("no forged program passes an assertion, and nothing of it is left",
          "[.][forgeries_asserts][trap-19][trap-22]") {
  no_forgery_passes("asserts");
}

TEST_CASE("no forged program passes a test of a function, and nothing of it is left",
          "[.][forgeries_functional][trap-19][trap-22]") {
  no_forgery_passes("functional");
}

TEST_CASE("a doc without tests is invalid, whatever the program", "[.][scorer][trap-17]") {
  Bench bench;
  for (const std::string& data :
       {data_of({}), std::string(R"({"style":"stdio","tests":[]})"),
        std::string(R"({"style":"functional","entry_point":"f","starter":"","tests":[]})")}) {
    const Score score = bench.score(code_doc("d", data, ""), kAdd);
    CHECK(score.outcome == Outcome::invalid);
    CHECK(score.explanation == "doc 'd': found no tests");
  }
}

TEST_CASE("a test that asks the program nothing makes its doc invalid", "[.][scorer][trap-17]") {
  Bench bench;
  const Doc doc = code_doc("d", data_of({"assert add(1, 2) == 3", "assert True"}), "");
  const Score score = bench.score(doc, kAdd);
  CHECK(score.outcome == Outcome::invalid);
  CHECK(score.explanation == "test 2: it asks the program nothing");
}

TEST_CASE("a canonical solution that does not pass makes its doc invalid for all",
          "[.][scorer][trap-20]") {
  Bench bench;
  const Doc doc = code_doc("d", data_of({"assert add(1, 2) == 4"}), kAdd);
  for (const std::string& program : {kAdd, std::string("def add(a, b):\n    return 4\n")}) {
    const Score score = bench.score(doc, program);
    CHECK(score.outcome == Outcome::invalid);
    CHECK(score.explanation ==
          "doc 'd': its canonical solution does not pass: test 1 of 1: wrong: "
          "assert add(1, 2) == 4");
  }
}

TEST_CASE("every failing test counts, and the first one is named", "[.][scorer][trap-18]") {
  Bench bench;
  const Doc doc = code_doc("d", counting(4), "");
  const Score some = bench.score(doc, "def f(x):\n    return x if x in (0, 2) else 9 // (x - 1)\n");
  CHECK(some.outcome == Outcome::scored);
  CHECK(some.value == 0.0);
  CHECK(some.metrics.at(0) == 4.0F);
  CHECK(some.metrics.at(1) == 0.5F);
  CHECK(some.explanation ==
        "test 2 of 4: ZeroDivisionError: integer division or modulo by zero at assert f(1) == 1");
  const Score none = bench.score(doc, "def f(x):\n    raise ValueError(x)\n");
  CHECK(none.outcome == Outcome::scored);
  CHECK(none.value == 0.0);
  CHECK(none.metrics.at(1) == 0.0F);
  CHECK(none.explanation == "test 1 of 4: ValueError: 0 at assert f(0) == 0");
}

TEST_CASE("a test that hangs does not take the others with it", "[.][scorer][trap-22]") {
  Bench bench;
  bench.entry.limits.wall = std::chrono::milliseconds(120'000);
  const Doc doc = code_doc("d", counting(4), "");
  const Score one = bench.score(doc, "def f(x):\n    while x == 1: pass\n    return x\n");
  CHECK(one.outcome == Outcome::timeout);
  CHECK(one.metrics.at(1) == 0.75F);
  CHECK(one.explanation == "test 2 of 4: cpu limit of 3 s");
  const Score one_dies =
      bench.score(doc, "def f(x):\n    if x == 1: import os; os._exit(0)\n    return x\n");
  CHECK(one_dies.outcome == Outcome::scored);
  CHECK(one_dies.metrics.at(1) == 0.75F);
  CHECK(one_dies.explanation == "test 2 of 4: it ended before it answered");
}

TEST_CASE("after three tests that met a limit the rest counts as failed", "[.][scorer]") {
  Bench bench;
  bench.entry.limits.cpu = std::chrono::milliseconds(1'000);
  const Score score = bench.score(code_doc("d", counting(40), ""),
                                  "def f(x):\n    while x > 0: pass\n    return x\n");
  CHECK(score.outcome == Outcome::timeout);
  CHECK(score.metrics.at(0) == 40.0F);
  CHECK(score.metrics.at(1) == 1.0F / 40.0F);
}

TEST_CASE("a limit is that of one test, not of all that share a process", "[.][scorer]") {
  Bench bench;
  bench.entry.limits.cpu = std::chrono::milliseconds(2'000);
  // 6 x 0.8 s of processor time, a limit of 2 s.
  const Score score = bench.score(code_doc("d", counting(6), ""),
                                  "import time\n\ndef f(x):\n    end = time.process_time() + 0.8\n"
                                  "    while time.process_time() < end: pass\n    return x\n");
  INFO(score.explanation);
  CHECK(score.value == 1.0);
}

TEST_CASE("the number of threads changes no verdict", "[.][scorer]") {
  Bench one("raw", 1);
  Bench four("raw", 4);
  std::size_t compared = 0;
  for (const CodeCase& each : code_cases()) {
    if (each.doc.data.find("\"stdio\"") == std::string::npos &&
        each.name != "more calls than one process gets")
      continue;
    for (const auto& [verdict, program] : each.wrong) {
      INFO(each.name << "\n" << program);
      const Score a = one.score(each.doc, program);
      const Score b = four.score(each.doc, program);
      CHECK(a.outcome == b.outcome);
      CHECK(a.explanation == b.explanation);
      CHECK(a.metrics == b.metrics);
      ++compared;
    }
  }
  CHECK(compared >= 8);
}

TEST_CASE("a completion without a program is no answer", "[.][scorer][trap-28]") {
  Bench bench("lcb:last_block");
  const Doc doc = code_doc("d", data_of({"assert add(1, 2) == 3"}), kAdd);
  const Score none = bench.score(doc, "I cannot.");
  CHECK(none.outcome == Outcome::no_answer);
  CHECK(none.explanation == "extractor lcb:last_block: found no program");
  CHECK(none.metrics == std::vector<float>{1.0F, 0.0F});
  const Score fenced = bench.score(doc, "Here:\n```python\n" + kAdd + "```\n");
  CHECK(fenced.value == 1.0);
  CHECK(fenced.answer.starts_with("def add"));
  CHECK(fenced.seconds > 0.0F);
}

TEST_CASE("exit codes of stdio programs count but under the rule of LiveCodeBench", "[.][scorer]") {
  const Doc doc =
      code_doc("d", R"({"style":"stdio","tests":[{"input":"","output":"1\n"}]})", "print(1)\n");
  const std::string program = "print(1)\nraise SystemExit(1)\n";
  Bench usual;
  const Score failed = usual.score(doc, program);
  CHECK(failed.value == 0.0);
  CHECK(failed.explanation == "test 1 of 1: exit code 1: ");
  Bench lcb;
  lcb.entry.comparator = "lcb";
  CHECK(lcb.score(doc, program).value == 1.0);
  CHECK(lcb.score(doc, "print(2)\nraise SystemExit(0)\n").value == 0.0);
}

TEST_CASE("big integers and tolerances are those of the comparator named", "[.][scorer][trap-23]") {
  const Doc doc = code_doc(
      "d", R"({"style":"stdio","tests":[{"input":"","output":"10000000000000001\n"}]})", "");
  Bench tokens;
  tokens.entry.comparator = "lcb";
  CHECK(tokens.score(doc, "print(10000000000000000)\n").value == 0.0);
  CHECK(tokens.score(doc, "print(10000000000000001)\n").value == 1.0);
  const Doc half =
      code_doc("h", R"({"style":"stdio","tests":[{"input":"","output":"0.5\n"}]})", "");
  const std::string near = "print(0.5000004)\n";
  CHECK(tokens.score(half, near).value == 0.0);
  Bench tolerant;
  tolerant.entry.comparator = "tokens_tol";
  CHECK(tolerant.score(half, near).value == 1.0);
  CHECK(tolerant.score(doc, "print(10000000000000000)\n").value == 0.0);
  Bench strict;
  strict.entry.comparator = "tokens_tol";
  strict.entry.abs_tolerance = strict.entry.rel_tolerance = 1e-9;
  CHECK(strict.score(half, near).value == 0.0);
}

TEST_CASE("a missing interpreter is refused before anything is scored", "[.][scorer][trap-20]") {
  Bench bench;
  bench.entry.interpreter = "python-of-nowhere";
  CodeScorer scorer(bench.entry, bench.stop, sandbox_helper());
  CHECK_THROWS_WITH(scorer.probe(),
                    "interpreter: found no such program, expected Python 3.9 or newer as "
                    "python-of-nowhere");
  bench.entry.interpreter = "/bin/true";
  CodeScorer other(bench.entry, bench.stop, sandbox_helper());
  CHECK_THROWS_WITH(other.probe(),
                    "interpreter: found /bin/true, no Python, expected Python 3.9 or newer as "
                    "/bin/true");
}

TEST_CASE("a stop leaves no verdict", "[.][scorer]") {
  Bench bench;
  bench.entry.limits.cpu = std::chrono::milliseconds(60'000);
  bench.entry.limits.wall = std::chrono::milliseconds(60'000);
  const Doc doc = code_doc("d", data_of({"assert f(1) == 1"}), "");
  bench.scorer();
  std::jthread stopper([&] {
    wait_until_asked();
    bench.stop.request();
  });
  CHECK(bench.score(doc, kAskedForEver).abandoned);
  CHECK(left_over() == std::vector<std::string>());
}

TEST_CASE("a checker that sees its candidate stopped first gives no verdict", "[.][scorer]") {
  Bench bench;
  bench.entry.limits.cpu = std::chrono::milliseconds(60'000);
  bench.entry.limits.wall = std::chrono::milliseconds(60'000);
  const Doc doc = code_doc("d", data_of({"assert f(1) == 1"}), "");
  bench.scorer();
  bool candidate_first = false;
  std::jthread stopper([&] {
    wait_until_asked();
    const std::vector<Process> guards = fences("/tally/checker.py");
    for (const Process& each : guards) ::kill(each.pid, SIGSTOP);
    bench.stop.request();
    // By itself the checker ends when it has reported what it sees. Its guard has 8 s to end it.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(7);
    while (!pythons("/tally/checker.py").empty() && std::chrono::steady_clock::now() < end)
      rest_a_moment();
    candidate_first = pythons("/tally/candidate.py").empty() &&
                      pythons("/tally/checker.py").empty() && guards.size() == 2 &&
                      fences("/tally/checker.py").size() == 2;
    for (const Process& each : guards) ::kill(each.pid, SIGCONT);
  });
  const Score score = bench.score(doc, kAskedForEver);
  stopper.join();
  CHECK(candidate_first);
  CHECK(score.abandoned);
  CHECK(left_over() == std::vector<std::string>());
}

TEST_CASE("a sandbox that breaks under a program is no fault of the program", "[.][scorer]") {
  Bench bench;
  bench.entry.limits.cpu = std::chrono::milliseconds(60'000);
  bench.entry.limits.wall = std::chrono::milliseconds(60'000);
  // One test: what is reported of it is all there is.
  const Doc doc = forged_doc("humaneval");
  Doc without_canonical = doc;
  without_canonical.target.clear();
  bench.scorer();
  std::jthread killer([&] {
    wait_until_asked();
    for (const Process& each : fences("/tally/candidate.py")) ::kill(each.pid, SIGKILL);
  });
  const Score score =
      bench.score(without_canonical, "def add(a, b):\n    return f(a)\n\n" + kAskedForEver);
  CHECK(score.outcome == Outcome::infra_error);
  CHECK(score.explanation.starts_with("sandbox: "));
}

TEST_CASE("without a sandbox every record says so", "[.][scorer]") {
  Bench bench;
  bench.entry.sandbox = SandboxMode::none;
  const Doc doc = code_doc("d", data_of({"assert add(1, 2) == 3"}), kAdd);
  const Score right = bench.score(doc, kAdd);
  CHECK(right.value == 1.0);
  CHECK(right.explanation == "run without a sandbox");
  const Score wrong = bench.score(doc, "def add(a, b):\n    return 4\n");
  CHECK(wrong.value == 0.0);
  CHECK(wrong.explanation == "run without a sandbox: test 1 of 1: wrong: assert add(1, 2) == 3");
}

TEST_CASE("canonical programs pass on a machine with too much to do", "[.][scorer][trap-21]") {
  std::vector<std::jthread> others;
  for (unsigned i = 0; i < 2 * std::max(1U, std::thread::hardware_concurrency()); ++i) {
    others.emplace_back([](const std::stop_token& over) {
      for (volatile unsigned turn = 0; !over.stop_requested();) turn = turn + 1;
    });
  }
  Bench bench;
  bench.entry.test_workers = 4;
  for (const CodeCase& each : code_cases()) {
    INFO(each.name);
    const Score right = bench.score(each.doc, each.right);
    INFO(right.explanation);
    CHECK(right.value == 1.0);
  }
}

TEST_CASE("the first interpreter of PATH that will do is taken", "[.][scorer]") {
  const TempDir folder;
  const auto make = [&](const std::string& name, const std::string& text) {
    std::filesystem::create_directory(folder.path() / name);
    const auto file = folder.path() / name / "python3";
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file.parent_path().string();
  };
  const std::string path = make("a", "#!/bin/sh\nexit 1\n") + ":" + make("b", "#!/bin/sh\n") + ":" +
                           make("c", "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n");
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", path.c_str(), 1);
  const StopFlag stop;
  const Interpreter found = find_interpreter("python3", sandbox_helper(), true, stop);
  ::setenv("PATH", before.c_str(), 1);
  CHECK(found.path == std::filesystem::canonical("/usr/bin/python3"));
  CHECK(found.runtimes.empty());
}
