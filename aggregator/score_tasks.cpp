#include "aggregator/score_tasks.hpp"

#include <algorithm>
#include <thread>

#include "aggregator/results_reader.hpp"
#include "core/config/patterns.hpp"

namespace tally::aggregator {
namespace {

constexpr std::uint64_t kRowsAtOnce = 131'072;
constexpr unsigned kMaxThreads = 8;

/// Only the columns that some metric asks for are read.
std::vector<std::string> wanted_columns(const Plan& plan, const std::vector<std::string>& present) {
  std::vector<std::string> wanted;
  for (const std::string& column : present) {
    const auto asks = [&](const std::string& name) {
      const auto metric = parse_metric(name);
      return metric && (metric->column == column || metric->divisor == column);
    };
    if (std::ranges::any_of(plan.metrics, asks)) wanted.push_back(column);
  }
  return wanted;
}

}  // namespace

void score_tasks(const Plan& plan, const std::filesystem::path& results,
                 const std::vector<std::string>& metric_columns,
                 const std::vector<std::optional<DocGroups>>& groups,
                 const std::function<void(const TaskFigures&)>& take) {
  MetricContext context;
  context.seed = plan.seed;
  context.columns = wanted_columns(plan, metric_columns);
  context.statistics = plan.statistics;
  context.threads = std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
  ResultsReader reader(results, context.columns);
  RowBlock block;
  for (std::uint64_t index = 0; index < plan.tasks(); ++index) {
    const Task task = plan.task(index);
    context.generates = plan.entries[task.entry].evaluator != Evaluator::classify;
    TaskReducer reducer(task, plan.task_id(task), plan.metrics, context,
                        groups[task.dataset] ? &*groups[task.dataset] : nullptr);
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
