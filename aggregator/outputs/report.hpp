#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "aggregator/metrics/task_figures.hpp"
#include "aggregator/outputs/merge_facts.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// REPORT.txt: the results for people. A table with a line a task, what is not counted and why, and
/// a last line that starts with COMPLETE or INCOMPLETE. Memory is bounded: beyond kMaxLines tasks
/// are only counted, the score index has them all.
class Report {
 public:
  static constexpr std::size_t kMaxLines = 1000;

  explicit Report(const Plan& plan);
  void add(const TaskFigures& figures);
  /// The whole text; control characters of names and reasons are replaced.
  [[nodiscard]] std::string finish(const MergeFacts& facts, const Totals& totals) const;

 private:
  const Plan& plan_;
  std::vector<std::vector<std::string>> table_;  ///< Head and rows of cells.
  std::vector<std::string> incomplete_;
  std::uint64_t tasks_ = 0;
  std::uint64_t incomplete_tasks_ = 0;
};

/// `text` with control characters (C0, DEL, C1) and bytes that are not UTF-8 replaced by '?', so
/// that a name in a shard cannot drive the reader's terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// "accuracy 0.889 (80/90 scored, 10 errors; 0.800 counting errors as wrong)".
[[nodiscard]] std::string both_denominators(const TaskFigures& figures);

}  // namespace tally::aggregator
