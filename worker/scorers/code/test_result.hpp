#pragma once
#include <cstdint>
#include <string>

namespace tally::worker {

/// What became of one test of a doc: docs/code.md#verdicts.
enum class TestVerdict : std::uint8_t {
  passed,
  wrong,        ///< Another value or output than expected.
  error,        ///< An exception, a crash, an exit, an answer that is none.
  timeout,      ///< Processor time or wall time ran out.
  limit,        ///< Memory, processes or output ran out.
  unsupported,  ///< It gave back what cannot be judged.
  vacuous,      ///< The test itself asks the program nothing.
  not_run,      ///< Too many tests before it met a limit.
  broken,       ///< The machine's fault: no verdict.
  stopped       ///< Scoring was stopped: no verdict.
};

struct TestResult {
  TestVerdict verdict = TestVerdict::broken;
  std::string note;  ///< Why it did not pass; printable.
  /// Twice it met a limit that may be the machine's doing, wall time with little used on a busy one
  /// or processor time with a pause charged to it: another machine may say otherwise.
  bool starved = false;
};

/// A limit was met, which may have taken all of its time.
[[nodiscard]] inline bool met_limit(TestVerdict verdict) noexcept {
  return verdict == TestVerdict::timeout || verdict == TestVerdict::limit;
}

}  // namespace tally::worker
