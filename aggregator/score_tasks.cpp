#include "aggregator/score_tasks.hpp"

#include <algorithm>

#include "aggregator/results_reader.hpp"

namespace tally::aggregator {
namespace {

constexpr std::uint64_t kRowsAtOnce = 131'072;

/// Only the columns that some metric asks for are read.
std::vector<std::string> wanted_columns(const Plan& plan, const std::vector<std::string>& present) {
  std::vector<std::string> wanted;
  for (const std::string& column : present)
    if (std::ranges::find(plan.metrics, std::string("mean:").append(column)) != plan.metrics.end())
      wanted.push_back(column);
  return wanted;
}

}  // namespace

void score_tasks(const Plan& plan, const std::filesystem::path& results,
                 const std::vector<std::string>& metric_columns,
                 const std::function<void(const TaskFigures&)>& take) {
  const MetricContext context{plan.seed, wanted_columns(plan, metric_columns)};
  ResultsReader reader(results, context.columns);
  RowBlock block;
  for (std::uint64_t index = 0; index < plan.tasks(); ++index) {
    const Task task = plan.task(index);
    TaskReducer reducer(task, plan.task_id(task), plan.metrics, context);
    const std::uint64_t docs_at_once = std::max<std::uint64_t>(1, kRowsAtOnce / task.repeats);
    const std::uint64_t step = docs_at_once * task.repeats;
    for (Ordinal at = task.first; at < task.interval().end; at += step) {
      reader.read({at, std::min(at + step, task.interval().end)}, reducer.wants_answers(), block);
      reducer.add(block);
    }
    take(reducer.finish());
  }
}

}  // namespace tally::aggregator
