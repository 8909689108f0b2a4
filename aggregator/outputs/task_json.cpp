#include "aggregator/outputs/task_json.hpp"

#include "core/plan/plan_names.hpp"
#include "core/plan/scalar_json.hpp"

namespace tally::aggregator {
namespace {

/// Keys metrics and stderr.
void write_values(JsonWriter& json, const std::vector<Estimate>& metrics) {
  json.key("metrics").begin_object();
  for (const Estimate& metric : metrics) json.key(metric.name).value(metric.value);
  json.end_object().key("stderr").begin_object();
  for (const Estimate& metric : metrics)
    if (metric.standard_error) json.key(metric.name).value(*metric.standard_error);
  json.end_object();
}

void write_group(JsonWriter& json, const GroupFigures& group) {
  json.begin_object().key("name").value(group.name).key("docs").value(group.docs);
  json.key("expected").value(group.counts.expected).key("counted").value(group.counts.counted());
  json.key("score_sum").value(group.score_sum);
  write_values(json, group.metrics);
  json.end_object();
}

/// Key `which`: the metrics that have such a mean, and their errors.
void write_means(JsonWriter& json, std::string_view which, const Breakdown& breakdown,
                 std::optional<GroupMean> MetricOverGroups::*mean) {
  std::vector<Estimate> means;
  for (const MetricOverGroups& metric : breakdown.metrics) {
    if (!(metric.*mean)) continue;
    Estimate estimate;
    estimate.name = metric.name;
    estimate.value = (metric.*mean)->value;
    estimate.standard_error = (metric.*mean)->standard_error;
    means.push_back(std::move(estimate));
  }
  json.key(which).begin_object();
  write_values(json, means);
  json.end_object();
}

void write_or_null(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  json.key(key);
  if (value)
    json.value(*value);
  else
    json.null();
}

}  // namespace

void write_sandbox(JsonWriter& json, const TaskSpec& entry) {
  json.key("sandbox");
  if (entry.evaluator == Evaluator::code)
    json.value(plan_names::name(plan_names::kSandboxes, entry.sandbox));
  else
    json.null();
}

void write_settings(JsonWriter& json, const Task& task) {
  json.key("sampling").begin_object();
  json.key("repeats").value(task.repeats).key("temperature").value(task.temperature);
  json.key("top_p").value(task.top_p).key("max_tokens").value(task.max_tokens).end_object();
  json.key("params").begin_object();
  for (const auto& [name, value] : task.params) json.key(name).raw(scalar_json(value));
  json.end_object();
}

void write_metrics(JsonWriter& json, const TaskFigures& figures) {
  write_values(json, figures.metrics);
  json.key("ci95").begin_object();
  for (const Estimate& metric : figures.metrics) {
    if (!metric.ci95) continue;
    json.key(metric.name).begin_array();
    json.value(metric.ci95->low).value(metric.ci95->high).end_array();
  }
  json.end_object().key("ci95_method").begin_object();
  for (const Estimate& metric : figures.metrics)
    if (metric.ci95) json.key(metric.name).value(interval_method_name(metric.method));
  json.end_object().key("metric_docs").begin_object();
  for (const Estimate& metric : figures.metrics) json.key(metric.name).value(metric.docs);
  json.end_object().key("metric_draws").begin_object();
  for (const Estimate& metric : figures.metrics)
    if (metric.draws) json.key(metric.name).value(*metric.draws);
  json.end_object();
}

void write_groups(JsonWriter& json, const std::optional<Breakdown>& breakdown) {
  json.key("groups");
  if (!breakdown) {
    json.null();
    return;
  }
  json.begin_object().key("by").value(breakdown->by).key("each").begin_array();
  for (const GroupFigures& group : breakdown->groups) write_group(json, group);
  json.end_array();
  write_means(json, "micro", *breakdown, &MetricOverGroups::micro);
  write_means(json, "macro", *breakdown, &MetricOverGroups::macro);
  json.key("absent").begin_object();
  for (const MetricOverGroups& metric : breakdown->metrics)
    if (!metric.macro) json.key(metric.name).value(metric.why_not);
  json.end_object().end_object();
}

void write_usage(JsonWriter& json, const TaskFigures& figures, const ModelSpec& model) {
  write_or_null(json, "truncation_rate", figures.counts.truncation_rate());
  json.key("tokens");
  if (figures.tokens_known) {
    json.begin_object().key("in").value(figures.tokens_in);
    json.key("out").value(figures.tokens_out).end_object();
  } else {
    json.null();
  }
  write_or_null(json, "cost_usd", cost_usd(figures, model));
}

std::optional<double> cost_usd(const TaskFigures& figures, const ModelSpec& model) {
  if (!figures.tokens_known || !model.price_in || !model.price_out) return std::nullopt;
  constexpr double kPer = 1e6;  // a price is for so many tokens
  return static_cast<double>(figures.tokens_in) * *model.price_in / kPer +
         static_cast<double>(figures.tokens_out) * *model.price_out / kPer;
}

void write_counts(JsonWriter& json, const Counts& counts) {
  json.key("counts").begin_object().key("expected").value(counts.expected);
  for (std::size_t i = 0; i < kOutcomes; ++i)
    json.key(outcome_name(static_cast<Outcome>(i))).value(counts.outcomes[i]);
  json.key("missing").value(counts.missing).key("truncated").value(counts.truncated);
  json.end_object();
}

}  // namespace tally::aggregator
