#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/plan/progress.hpp"
#include "core/plan/submission.hpp"

namespace tally::launcher {

/// Progress of a submission, added up.
struct ProgressTotals {
  std::uint64_t done = 0;   ///< Items finished, committed or not.
  std::uint64_t total = 0;  ///< Items of the submission.
  std::uint32_t running = 0;
  double rate = 0.0;  ///< Items per second.
};

/// Adds up what the elements say. Elements that have not started count as nothing done.
[[nodiscard]] ProgressTotals add_up(const Submission& submission,
                                    const std::vector<Progress>& progress);

/// "1234/5000 items (24.7%), 312.4/s, 0:13 left, 2 running".
[[nodiscard]] std::string progress_line(const ProgressTotals& totals);
/// As above behind a bar of `width` characters.
[[nodiscard]] std::string progress_bar(const ProgressTotals& totals, unsigned width);

/// Shows progress on stderr while a submission runs: one line that is overwritten on a terminal,
/// else a plain line every five seconds when something changed.
class ProgressPrinter {
 public:
  ProgressPrinter(const RunDir& run, const Submission& submission);
  /// Prints when it is time to. Cheap to call often.
  void tick();
  /// Prints the last state and leaves the line.
  void finish();

 private:
  void print();
  const RunDir& run_;
  const Submission& submission_;
  bool terminal_;
  std::chrono::milliseconds every_;
  std::chrono::steady_clock::time_point next_;
  std::string last_;
};

}  // namespace tally::launcher
