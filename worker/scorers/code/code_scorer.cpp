#include "worker/scorers/code/code_scorer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/error.hpp"
#include "core/config/evaluators.hpp"
#include "worker/scorers/code/code_limits.hpp"
#include "worker/scorers/code/compare_output.hpp"
#include "worker/scorers/code/interpreter.hpp"
#include "worker/scorers/code/self_test.hpp"

namespace tally::worker {
namespace {

OutputRule output_rule(const TaskSpec& entry) {
  return {entry.comparator.empty() ? "rstrip_lines" : entry.comparator, entry.abs_tolerance,
          entry.rel_tolerance};
}

// A completion of the humaneval style goes on where the prompt ends, within its last line even, or
// defines the function anew.
std::string program_of(const CodeDoc& code, const CodeExtractor& rule, const std::string& text) {
  if (code.style != CodeDoc::Style::humaneval) return text;
  const bool joined = rule.continues_prompt || code.prompt.empty() || code.prompt.back() == '\n';
  return fmt::format("{}{}{}", code.prompt, joined ? "" : "\n", text);
}

std::string canonical_of(const Doc& doc, const CodeDoc& code) {
  if (code.style != CodeDoc::Style::humaneval) return doc.target;
  return code.prompt + doc.target;
}

// The first result with this verdict.
const TestResult* find(const std::vector<TestResult>& results, TestVerdict verdict) {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const TestResult& r) { return r.verdict == verdict; });
  return found == results.end() ? nullptr : &*found;
}

// "test 3 of 7: wrong: ...", or nothing when all passed. Tests are counted from 1.
std::string first_failure(const std::vector<TestResult>& results, TestVerdict& verdict) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    verdict = results[i].verdict;
    if (verdict == TestVerdict::passed) continue;
    const std::string_view word = verdict == TestVerdict::wrong         ? "wrong: "
                                  : verdict == TestVerdict::unsupported ? "cannot be judged: "
                                                                        : "";
    return fmt::format("test {} of {}: {}{}", i + 1, results.size(), word, results[i].note);
  }
  return {};
}

std::vector<float> figures(const std::vector<TestResult>& results) {
  const auto passed = std::count_if(results.begin(), results.end(), [](const TestResult& r) {
    return r.verdict == TestVerdict::passed;
  });
  const auto all = static_cast<double>(results.size());
  return {static_cast<float>(all), static_cast<float>(static_cast<double>(passed) / all)};
}

// What says nothing about the program; nothing when there is a verdict.
std::optional<Score> no_verdict(const std::vector<TestResult>& results, const StopFlag& stop) {
  const TestResult* const broken = find(results, TestVerdict::broken);
  const bool unfinished = broken != nullptr || find(results, TestVerdict::stopped) != nullptr;
  if (unfinished && stop.requested()) {
    Score score;
    score.abandoned = true;
    return score;
  }
  if (broken != nullptr)
    return unscored(Outcome::infra_error, fmt::format("sandbox: {}", broken->note));
  if (find(results, TestVerdict::stopped) != nullptr)
    return unscored(Outcome::infra_error, "sandbox: a program was stopped by nobody");
  if (const TestResult* const vacuous = find(results, TestVerdict::vacuous))
    return unscored(Outcome::invalid,
                    fmt::format("test {}: {}", vacuous - results.data() + 1, vacuous->note));
  return std::nullopt;
}

}  // namespace

CodeScorer::CodeScorer(const TaskSpec& entry, const StopFlag& stop,
                       const std::filesystem::path& helper)
    : entry_(entry),
      stop_(stop),
      helper_(helper),
      extractor_(find_code_extractor(entry.extractor)),
      sandbox_(entry.sandbox == SandboxMode::none ? Sandbox::Mode::none : Sandbox::Mode::bubblewrap,
               helper) {}

void CodeScorer::probe() {
  spdlog::info("sandbox: {}", sandbox_.probe());
  const bool for_nobody = entry_.sandbox == SandboxMode::bubblewrap && ::geteuid() == 0;
  Interpreter interpreter = find_interpreter(entry_.interpreter, helper_, for_nobody, stop_);
  spdlog::info("interpreter: {}, Python {}", interpreter.path, interpreter.version);
  const CodeRunner runner(sandbox_, std::move(interpreter), output_rule(entry_), stop_);
  const auto fault = self_test(runner, entry_.limits);
  if (stop_.requested()) throw Error(Errc::incomplete, "code: stopped in the probe");
  if (fault) throw Error(Errc::unavailable, fmt::format("code: self-test: {}", *fault));
  MachineState machine;
  machine.is_sound = [runner, limits = entry_.limits] { return machine_is_sound(runner, limits); };
  judge_ = std::make_unique<Judge>(runner, entry_.test_workers, stop_, std::move(machine));
}

std::vector<std::string> CodeScorer::metric_names() const { return metric_columns(entry_); }

std::vector<TestResult> CodeScorer::judged(const Doc& doc, const CodeDoc& code,
                                           const std::string& program) const {
  const std::string canonical = canonical_of(doc, code);
  return judge_->judge(
      {code, doc.data, canonical, program, candidate_limits(code.style, entry_.limits)});
}

std::optional<Score> CodeScorer::fault_of(const Doc& doc, const CodeDoc& code) const {
  const auto known = faults_.find(doc.hash);
  if (known != faults_.end()) return known->second;
  std::optional<Score> fault;
  bool keep = true;
  if (test_count(code) == 0) {
    fault = unscored(Outcome::invalid, fmt::format("doc '{}': found no tests", doc.id));
  } else if (!doc.target.empty()) {
    const std::vector<TestResult> results = judged(doc, code, canonical_of(doc, code));
    fault = no_verdict(results, stop_);
    keep = !fault || fault->outcome == Outcome::invalid;
    TestVerdict verdict{};
    const std::string failure = first_failure(results, verdict);
    const bool starved = std::ranges::any_of(results, &TestResult::starved);
    if (!fault && starved) {
      fault = unscored(
          Outcome::infra_error,
          fmt::format("doc '{}': its canonical solution got too little of a busy node, or the "
                      "machine stood still",
                      doc.id));
      keep = false;
    } else if (!fault && !failure.empty())
      fault = unscored(
          Outcome::invalid,
          fmt::format("doc '{}': its canonical solution does not pass: {}", doc.id, failure));
  }
  if (keep) faults_.emplace(doc.hash, fault);
  return fault;
}

Score CodeScorer::judge_doc(const Doc& doc, const Completion& completion) const {
  const CodeDoc code = parse_code_doc(doc);
  if (auto fault = fault_of(doc, code)) return *fault;
  const std::optional<std::string> text = extractor_.extract(completion.text);
  if (!text) {
    Score none = unscored(Outcome::no_answer,
                          fmt::format("extractor {}: found no program", extractor_.name));
    none.metrics = {static_cast<float>(test_count(code)), 0.0F};
    return none;
  }
  const std::vector<TestResult> results = judged(doc, code, program_of(code, extractor_, *text));
  if (auto nothing = no_verdict(results, stop_)) return *nothing;
  TestVerdict verdict{};
  Score score;
  score.explanation = first_failure(results, verdict);
  score.outcome = verdict == TestVerdict::timeout ? Outcome::timeout : Outcome::scored;
  score.value = score.explanation.empty() ? 1.0 : 0.0;
  score.answer = *text;
  score.metrics = figures(results);
  return score;
}

Score CodeScorer::score(const Task& /*task*/, const Doc& doc, const Completion& completion,
                        ItemRandom& /*random*/) const {
  if (!judge_) throw Error(Errc::internal, "code: found no probe before the first score");
  const auto begin = std::chrono::steady_clock::now();
  Score score = judge_doc(doc, completion);
  const std::chrono::duration<float> took = std::chrono::steady_clock::now() - begin;
  score.seconds = took.count();
  if (entry_.sandbox == SandboxMode::none && !score.abandoned) {
    score.explanation = score.explanation.empty()
                            ? "run without a sandbox"
                            : fmt::format("run without a sandbox: {}", score.explanation);
  }
  return score;
}

std::unique_ptr<Scorer> make_code(const ScorerContext& context) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  return std::make_unique<CodeScorer>(context.entry, context.stop,
                                      self.parent_path() / "tally-sandbox");
}

}  // namespace tally::worker
