#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "worker/scorers/code/code_runner.hpp"
#include "worker/scorers/code/lone_turn.hpp"

namespace tally::worker {

/// What a judge wants to know of the machine it is on.
struct MachineState {
  /// Runs programs whose verdict is known; asked when a checker ends without a word, to tell a
  /// fault of ours from a program's doing.
  std::function<bool()> is_sound;
  /// Whether running out of wall time says little.
  std::function<bool()> is_busy = machine_is_busy;
};

/// Runs all tests of a doc on a program.
///
/// Tests are run in processes of up to 16 calls, whatever the number of threads: the verdict does
/// not hang on it. A test that meets a limit there is run again in a process of its own, so that
/// the limits are those of one test. After three tests that met a limit the rest is not run and
/// counts as failed, which bounds the cost. After three that a signal ended the supervisor is
/// given less time to get it, too, for the same reason.
class Judge {
 public:
  /// `workers`: threads at once.
  Judge(CodeRunner runner, unsigned workers, const StopFlag& stop, MachineState machine)
      : runner_(std::move(runner)), workers_(workers), stop_(stop), machine_(std::move(machine)) {}

  /// One result per test, in their order. Ends early when a stop is requested: results are
  /// `stopped` then.
  [[nodiscard]] std::vector<TestResult> judge(const CodeJob& job) const;

 private:
  struct Board;  // results of the tests, shared by the threads
  void run_unit(CodeJob job, Board& board, std::size_t first, std::size_t end) const;
  void run_units(const CodeJob& job, Board& board, std::size_t unit) const;
  [[nodiscard]] CodeRun step(const CodeJob& job, std::size_t first, std::size_t end) const;
  [[nodiscard]] CodeRun run_once(const CodeJob& job, std::size_t first, std::size_t end) const;
  void try_again(const CodeJob& job, std::size_t first, CodeRun& run) const;

  CodeRunner runner_;
  unsigned workers_;
  const StopFlag& stop_;
  MachineState machine_;
};

}  // namespace tally::worker
