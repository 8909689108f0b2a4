#pragma once
#include "aggregator/metrics/task_figures.hpp"
#include "core/base/json_writer.hpp"

// The parts of a task's JSON that the score index and the summary share.

namespace tally::aggregator {

/// Keys sampling and params.
void write_settings(JsonWriter& json, const Task& task);
/// Keys metrics, stderr and ci95. What is undefined is absent.
void write_metrics(JsonWriter& json, const TaskFigures& figures);
/// Key counts: every outcome, in the order of Outcome.
void write_counts(JsonWriter& json, const Counts& counts);

}  // namespace tally::aggregator
