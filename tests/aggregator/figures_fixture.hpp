#pragma once
#include <limits>
#include <string>
#include <vector>

#include "aggregator/metrics/task_figures.hpp"

namespace tally::aggregator {

/// A row of a task; outcome -1: missing.
struct Row {
  int outcome;
  double score;
  std::string answer = "7";
};

/// Rows from ordinal 100 on, as the results have them.
inline RowBlock block_of(const std::vector<Row>& rows) {
  RowBlock block;
  block.first = 100;
  for (const Row& row : rows) {
    block.outcome.push_back(row.outcome < 0 ? kMissingOutcome
                                            : static_cast<std::uint8_t>(row.outcome));
    block.finish_reason.push_back(1);
    block.score.push_back(row.score);
    block.tokens_in.push_back(3);
    block.tokens_out.push_back(2);
    block.seconds.push_back(0.5F);
    block.answers.push_back(row.answer);
  }
  return block;
}

/// The task of such rows.
inline Task task_of(std::size_t rows, std::uint32_t repeats) {
  Task task;
  task.first = 100;
  task.repeats = repeats;
  task.docs = rows / repeats;
  return task;
}

/// Scored rows, one per value.
inline std::vector<Row> scored_rows(const std::vector<double>& scores) {
  std::vector<Row> rows;
  for (const double score : scores) rows.push_back({0, score});
  return rows;
}

/// The figures with statistics and groups; metric columns are rouge and bleu.
inline TaskFigures figures_of(const std::vector<Row>& rows, std::uint32_t repeats,
                              const std::vector<std::string>& metrics,
                              const StatisticsSpec& statistics, const DocGroups* groups = nullptr,
                              const std::vector<std::vector<float>>& columns = {}) {
  RowBlock block = block_of(rows);
  block.metrics = columns;
  MetricContext context{7, {"rouge", "bleu"}};
  context.statistics = statistics;
  TaskReducer reducer(task_of(rows.size(), repeats), "id", metrics, context, groups);
  reducer.add(block);
  return reducer.finish();
}

inline TaskFigures figures_of(const std::vector<Row>& rows, std::uint32_t repeats,
                              const std::vector<std::string>& metrics,
                              const std::vector<std::vector<float>>& columns = {}) {
  return figures_of(rows, repeats, metrics, {}, nullptr, columns);
}

inline const Estimate* find(const std::vector<Estimate>& metrics, const std::string& name) {
  for (const Estimate& metric : metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

inline const Estimate* find(const TaskFigures& figures, const std::string& name) {
  return find(figures.metrics, name);
}

}  // namespace tally::aggregator
