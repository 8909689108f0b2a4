#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "core/base/error.hpp"
#include "isolation.hpp"
#include "skip.hpp"
#include "worker/scorers/code/code_scorer.hpp"

/// The built program tally-sandbox: beside this one.
inline std::filesystem::path sandbox_helper() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tally-sandbox";
}

/// A scorer with limits for tests: three seconds of processor time, of which a right program takes
/// a few hundredths.
class Bench {
 public:
  explicit Bench(const std::string& extractor = "raw", unsigned workers = 1) {
    entry.evaluator = tally::Evaluator::code;
    entry.extractor = extractor;
    entry.test_workers = workers;
    entry.interpreter = "/usr/bin/python3";
    entry.limits.cpu = std::chrono::milliseconds(3'000);
    entry.limits.wall = std::chrono::milliseconds(12'000);
    entry.limits.memory = 256U << 20U;
    entry.limits.output = 1U << 20U;
  }

  /// Makes the scorer from `entry` and probes it; skips on a machine that cannot isolate.
  tally::worker::CodeScorer& scorer() {
    if (!scorer_) {
      scorer_ = std::make_unique<tally::worker::CodeScorer>(entry, stop, sandbox_helper());
      try {
        scorer_->probe();
      } catch (const tally::Error& error) {
        const bool isolation = std::string_view(error.what()).starts_with("sandbox: ");
        if (!isolation || machine_isolates()) throw;
        skip_entry(error.what());
      }
    }
    return *scorer_;
  }

  tally::worker::Score score(const tally::Doc& doc, const std::string& completion) {
    tally::worker::Completion given;
    given.text = completion;
    tally::ItemRandom random(1, 1);
    return scorer().score(tally::Task{}, doc, given, random);
  }

  /// The same with little time, for programs that shall not pass and may use up all of it.
  tally::worker::Score score_in_half_a_second(const tally::Doc& doc,
                                              const std::string& completion) {
    const tally::LimitsSpec roomy = entry.limits;
    entry.limits.cpu = std::chrono::milliseconds(500);
    entry.limits.wall = std::chrono::milliseconds(2'000);
    tally::worker::Score result = score(doc, completion);
    entry.limits = roomy;
    return result;
  }

  tally::TaskSpec entry;  ///< The scorer looks at its limits for each program anew.
  tally::worker::StopFlag stop;

 private:
  std::unique_ptr<tally::worker::CodeScorer> scorer_;
};
