#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/run_config.hpp"
#include "worker/sandbox/sandbox.hpp"
#include "worker/scorer.hpp"
#include "worker/scorers/code/code_doc.hpp"
#include "worker/scorers/code/extract_code.hpp"
#include "worker/scorers/code/judge.hpp"

namespace tally::worker {

/// Takes a program out of a completion and runs the doc's tests on it: docs/code.md.
///
/// `scored` with 1 when every test passes, else with 0 and the first that does not; `timeout` when
/// that one ran out of time; `no_answer` when there is no program; `infra_error` when the machine
/// could not run it; `invalid` when the doc has no tests, or when its canonical solution, which is
/// run first, does not pass: nothing that a completion does makes it so.
class CodeScorer : public Scorer {
 public:
  /// `helper`: the program tally-sandbox. Throws Error(config) for an unknown rule. `entry` and
  /// `stop` outlive it.
  CodeScorer(const TaskSpec& entry, const StopFlag& stop, const std::filesystem::path& helper);

  /// Looks for the interpreter, tries to leave the sandbox, judges programs whose verdict is known.
  /// Throws Error(unavailable), and Error(incomplete) when stopped.
  void probe() override;
  [[nodiscard]] std::vector<std::string> metric_names() const override;
  [[nodiscard]] Score score(const Task& task, const Doc& doc, const Completion& completion,
                            ItemRandom& random) const override;

 private:
  [[nodiscard]] std::vector<TestResult> judged(const Doc& doc, const CodeDoc& code,
                                               const std::string& program) const;
  [[nodiscard]] std::optional<Score> fault_of(const Doc& doc, const CodeDoc& code) const;
  [[nodiscard]] Score judge_doc(const Doc& doc, const Completion& completion) const;

  const TaskSpec& entry_;
  const StopFlag& stop_;
  const std::filesystem::path helper_;
  const CodeExtractor& extractor_;
  const Sandbox sandbox_;
  std::unique_ptr<Judge> judge_;  // from the probe on
  /// By Doc::hash: why nothing can be scored, or nothing. What a machine's fault left open is not
  /// kept.
  mutable std::map<std::string, std::optional<Score>, std::less<>> faults_;
};

}  // namespace tally::worker
