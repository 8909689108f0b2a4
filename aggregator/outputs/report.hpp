#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "aggregator/metrics/task_figures.hpp"
#include "aggregator/outputs/merge_facts.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// REPORT.txt: the results for people. A table with a line a task, one of
/// its groups where the dataset has them, what is not counted and why, and
/// a last line that starts with COMPLETE or INCOMPLETE. Memory is bounded: beyond kMaxLines tasks
/// are only counted, and beyond as many lines of groups the groups are left out; the score index
/// has them all.
class Report {
 public:
  static constexpr std::size_t kMaxLines = 1000;

  explicit Report(const Plan& plan);
  void add(const TaskFigures& figures);
  /// The whole text; control characters of names and reasons are replaced.
  [[nodiscard]] std::string finish(const MergeFacts& facts, const Totals& totals) const;

 private:
  void add_breakdown(const TaskFigures& figures);

  const Plan& plan_;
  std::vector<std::vector<std::string>> table_;  ///< Head and rows of cells.
  std::vector<std::string> incomplete_;
  std::vector<std::string> breakdowns_;
  std::uint64_t group_lines_ = 0;
  std::uint64_t hidden_breakdowns_ = 0;
  std::uint64_t tasks_ = 0;
  std::uint64_t incomplete_tasks_ = 0;
  std::uint64_t bare_tasks_ = 0;  ///< That ran programs without a sandbox.
};

/// `text` with control characters (C0, DEL, C1) and bytes that are not UTF-8 replaced by '?', so
/// that a name in a shard cannot drive the reader's terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// "accuracy 0.889 (80/90 scored, 10 errors; 0.800 counting errors as wrong)". In a run that does
/// not ask for accuracy "sum of scores 80 over 90 counted (10 errors; 0.800 counting errors as
/// wrong)".
[[nodiscard]] std::string both_denominators(const TaskFigures& figures);

}  // namespace tally::aggregator
