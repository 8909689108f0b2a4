#pragma once
#include <optional>

#include "aggregator/metrics/task_figures.hpp"
#include "core/base/json_writer.hpp"
#include "core/config/run_config.hpp"

// The parts of a task's JSON that the score index and the summary share.

namespace tally::aggregator {

/// Key sandbox: what programs of the completions ran in; null for evaluators other than code.
void write_sandbox(JsonWriter& json, const TaskSpec& entry);
/// Keys sampling and params.
void write_settings(JsonWriter& json, const Task& task);
/// Keys metrics, stderr, ci95, ci95_method, metric_docs and metric_draws. What is undefined is
/// absent.
void write_metrics(JsonWriter& json, const TaskFigures& figures);
/// Key groups: null where the dataset has no group_by.
void write_groups(JsonWriter& json, const std::optional<Breakdown>& breakdown);
/// Keys truncation_rate, tokens and cost_usd; null is not known.
void write_usage(JsonWriter& json, const TaskFigures& figures, const ModelSpec& model);
/// Key counts: every outcome, in the order of Outcome.
void write_counts(JsonWriter& json, const Counts& counts);

/// tokens_in * price_in / 10^6 + tokens_out * price_out / 10^6; nullopt unless the model has both
/// prices.
[[nodiscard]] std::optional<double> cost_usd(const TaskFigures& figures, const ModelSpec& model);

}  // namespace tally::aggregator
