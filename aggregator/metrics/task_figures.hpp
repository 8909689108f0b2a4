#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregator/metrics/metric.hpp"
#include "core/base/interval_set.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// How many items of a task came to what. Every item is in exactly one of `outcomes` and `missing`.
struct Counts {
  std::uint64_t expected = 0;
  std::array<std::uint64_t, kOutcomes> outcomes{};  ///< By Outcome.
  std::uint64_t missing = 0;
  std::uint64_t truncated = 0;  ///< Of any outcome: finish_reason is length.
  [[nodiscard]] std::uint64_t of(Outcome outcome) const noexcept {
    return outcomes[static_cast<std::size_t>(outcome)];
  }
  /// Items with a place in the denominator.
  [[nodiscard]] std::uint64_t counted() const noexcept;
  /// Items that ran and have no score.
  [[nodiscard]] std::uint64_t errors() const noexcept;
};

/// Everything the outputs say of one task.
struct TaskFigures {
  Task task;
  std::string id;
  Counts counts;
  std::vector<Estimate> metrics;  ///< In configured order; undefined ones are absent.
  double score_sum = 0.0;         ///< Over counted items.
  std::uint64_t tokens_in = 0;
  std::uint64_t tokens_out = 0;
  double seconds = 0.0;          ///< Sum over records.
  double longest_seconds = 0.0;  ///< Of one record.
  IntervalSet uncounted;         ///< Ordinals without a counted record.
  [[nodiscard]] bool complete() const noexcept { return counts.counted() == counts.expected; }
};

/// Rows [first, first + size) of the results, as columns of equal length.
struct RowBlock {
  Ordinal first = 0;
  std::vector<std::uint8_t> outcome;
  std::vector<std::uint8_t> finish_reason;
  std::vector<double> score;
  std::vector<std::uint32_t> tokens_in;
  std::vector<std::uint32_t> tokens_out;
  std::vector<float> seconds;
  std::vector<std::vector<float>> metrics;  ///< Per metric column.
  std::vector<std::string> answers;         ///< Empty unless asked for.
  [[nodiscard]] std::size_t size() const noexcept { return outcome.size(); }
};

/// Reduces the rows of one task, in ordinal order, to its figures. State is bounded by the metrics.
class TaskReducer {
 public:
  /// Throws Error(config) for an unknown name in `metric_names`.
  TaskReducer(const Task& task, std::string id, const std::vector<std::string>& metric_names,
              const MetricContext& context);
  /// Whether add() needs RowBlock::answers.
  [[nodiscard]] bool wants_answers() const noexcept;
  /// Adds the next rows: whole docs, following the rows added before.
  void add(const RowBlock& rows);
  [[nodiscard]] TaskFigures finish();

 private:
  void add_doc(const RowBlock& rows, std::size_t begin);
  void add_row(const RowBlock& rows, std::size_t row, std::uint32_t repeat);
  std::optional<Outcome> count_row(const RowBlock& rows, std::size_t row);

  TaskFigures figures_;
  std::vector<std::unique_ptr<Metric>> metrics_;
  std::vector<Interval> uncounted_;
  std::vector<double> scores_;  // scratch of add_doc
  std::vector<std::uint32_t> repeats_;
  std::vector<std::string> answers_;
  std::vector<std::span<const float>> columns_;
};

}  // namespace tally::aggregator
