#pragma once
#include <string>

#include "aggregator/metrics/task_figures.hpp"
#include "aggregator/outputs/merge_facts.hpp"
#include "core/plan/plan.hpp"

// summary.json in three parts, so that a run of a million tasks is never held in memory:
// summary_head, summary_task for each task in order, summary_tail. Format: docs/formats.md#summary.

namespace tally::aggregator {

[[nodiscard]] std::string summary_head(const Plan& plan);
/// `first`: whether it is the first task.
[[nodiscard]] std::string summary_task(const Plan& plan, const TaskFigures& figures, bool first);
[[nodiscard]] std::string summary_tail(const MergeFacts& facts, const Totals& totals);

/// The share of the score over all expected items: every item without a score counts as 0.
/// Precondition: expected > 0.
[[nodiscard]] double pessimistic_accuracy(const TaskFigures& figures);

}  // namespace tally::aggregator
