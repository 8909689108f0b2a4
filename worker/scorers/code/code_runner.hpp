#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/sandbox/sandbox.hpp"
#include "worker/scorers/code/code_doc.hpp"
#include "worker/scorers/code/interpreter.hpp"
#include "worker/scorers/code/test_result.hpp"

namespace tally::worker {

/// A program and the doc whose tests it should pass. What they refer to outlives it.
struct CodeJob {
  const CodeDoc& doc;
  std::string_view data;       ///< Doc::data: what the checker reads.
  std::string_view canonical;  ///< A program that should pass: which names tests may ask for.
  std::string_view program;    ///< The code under test.
  SandboxLimits limits;        ///< Of the code under test, per test.
};

/// How output of programs is compared: same_output().
struct OutputRule {
  std::string comparator;
  double abs = 0;
  double rel = 0;
};

/// Some tests in a row, as far as one process came.
struct CodeRun {
  std::vector<TestResult> tests;   ///< Of the tests from the first on.
  std::optional<TestResult> load;  ///< Set when the program did not load: no test was run.
  bool slow = false;    ///< Wall time ran out at the last test, and little else was used.
  bool waited = false;  ///< A tenth of that time and more it waited for a processor.
  bool paused = false;  ///< Processor time ran out there, of a program that a pause was charged to.
  bool killed = false;  ///< A signal that others send too ended the program at the last test.
  bool signalled = false;  ///< A signal ended a program, whichever it was.
  /// The checker ended without a word, or the interpreter did not start: ours or the machine's
  /// fault, unless a program whose verdict is known is judged as it should be.
  bool silent = false;
};

/// Runs tests, each process once. Thread-safe.
class CodeRunner {
 public:
  CodeRunner(const Sandbox& sandbox, Interpreter interpreter, OutputRule rule, const StopFlag& stop)
      : sandbox_(sandbox),
        interpreter_(std::move(interpreter)),
        rule_(std::move(rule)),
        stop_(stop) {}

  /// Tests [first, end) by a checker and one candidate process; fewer when that one ended. At least
  /// one result, unless it did not load.
  [[nodiscard]] CodeRun ask(const CodeJob& job, std::size_t first, std::size_t end) const;

  /// One test of the stdio style.
  [[nodiscard]] CodeRun feed(const CodeJob& job, std::size_t test) const;

 private:
  [[nodiscard]] TestResult compared(const ProgramResult& ran, const StdioTest& test) const;

  const Sandbox& sandbox_;
  const Interpreter interpreter_;
  const OutputRule rule_;
  const StopFlag& stop_;
};

/// How many tests the doc has.
[[nodiscard]] std::size_t test_count(const CodeDoc& doc) noexcept;

}  // namespace tally::worker
