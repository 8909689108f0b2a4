#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregator/metrics/breakdown.hpp"
#include "aggregator/metrics/metric.hpp"
#include "aggregator/metrics/variance.hpp"
#include "core/base/interval_set.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// Everything the outputs say of one task.
struct TaskFigures {
  Task task;
  std::string id;
  Counts counts;
  std::vector<Estimate> metrics;  ///< In configured order; undefined ones are absent.
  double score_sum = 0.0;         ///< Over counted items.
  std::uint64_t tokens_in = 0;
  std::uint64_t tokens_out = 0;
  bool tokens_known = true;               ///< False: some record does not say what it used.
  double seconds = 0.0;                   ///< Sum over records.
  double longest_seconds = 0.0;           ///< Of one record.
  std::optional<VarianceParts> variance;  ///< Of scores; absent for one draw per doc.
  std::optional<Breakdown> breakdown;     ///< Where the dataset has group_by.
  IntervalSet uncounted;                  ///< Ordinals without a counted record.
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
  std::vector<std::uint32_t> completion_lengths;  ///< In bytes; may be empty: not known.
  std::vector<float> seconds;
  std::vector<std::vector<float>> metrics;  ///< Per metric column.
  std::vector<std::string> answers;         ///< Empty unless asked for.
  [[nodiscard]] std::size_t size() const noexcept { return outcome.size(); }
};

/// Which records of a doc say how many tokens they used.
class UsageOfDoc {
 public:
  void add_known() noexcept {
    ++known_;
    before_ = before_ || silent_ == 0;
  }
  void add_silent() noexcept { ++silent_; }
  /// What a request of several choices used is counted once, with the first of them.
  [[nodiscard]] bool is_known() const noexcept { return silent_ == 0 || (known_ == 1 && before_); }

 private:
  std::uint32_t known_ = 0;
  std::uint32_t silent_ = 0;  ///< Completions without a token count.
  bool before_ = false;       ///< A known one came before the silent ones.
};

/// Reduces the rows of one task, in ordinal order, to its figures. State is bounded by the metrics
/// and the groups.
class TaskReducer {
 public:
  /// `groups`: of the task's dataset, or null; must outlive the reducer.
  /// Throws Error(config) for an unknown name in `metric_names`.
  TaskReducer(const Task& task, std::string id, const std::vector<std::string>& metric_names,
              const MetricContext& context, const DocGroups* groups = nullptr);
  /// Whether add() needs RowBlock::answers.
  [[nodiscard]] bool wants_answers() const noexcept;
  /// Adds the next rows: whole docs, following the rows added before. Throws Error(data), see
  /// Metric::add().
  void add(const RowBlock& rows);
  [[nodiscard]] TaskFigures finish();

 private:
  using Metrics = std::vector<std::unique_ptr<Metric>>;
  static Metrics make_metrics(const std::vector<std::string>& names, const MetricContext& context);
  [[nodiscard]] bool was_generated(const RowBlock& rows, std::size_t row, Outcome outcome) const;
  void count_usage(const RowBlock& rows, std::size_t row, Outcome outcome);
  void add_groups(const DocGroups& groups, const std::vector<std::string>& metric_names,
                  MetricContext context);
  void add_doc(const RowBlock& rows, std::size_t begin);
  void add_row(const RowBlock& rows, std::size_t row, std::uint32_t repeat);
  std::optional<Outcome> count_row(const RowBlock& rows, std::size_t row);
  void take(const DocSample& doc);

  TaskFigures figures_;
  Metrics metrics_;
  VarianceSplit variance_;
  const DocGroups* groups_ = nullptr;
  std::vector<Metrics> group_metrics_;  // by group
  std::vector<Interval> uncounted_;
  bool generates_ = true;
  Counts counts_;           // scratch of add_doc: of the doc
  UsageOfDoc usage_;        // the same
  double score_sum_ = 0.0;  // the same
  std::vector<double> scores_;
  std::vector<std::uint32_t> repeats_;
  std::vector<std::string> answers_;
  std::vector<std::span<const float>> columns_;
};

}  // namespace tally::aggregator
