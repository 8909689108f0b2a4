#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "aggregator/metrics/task_figures.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// Computes the figures of every task, in order, from results.h5, and hands each to `take`. Rows
/// are read in ordinal order in blocks, so memory does not grow with the run. Throws Error(config)
/// for a metric nobody knows, Error(io), Error(data) for a doc with too few draws when the plan's
/// short_docs says so. `groups`: of each dataset, see load_groups().
void score_tasks(const Plan& plan, const std::filesystem::path& results,
                 const std::vector<std::string>& metric_columns,
                 const std::vector<std::optional<DocGroups>>& groups,
                 const std::function<void(const TaskFigures&)>& take);

}  // namespace tally::aggregator
