#include "aggregator/outputs/task_json.hpp"

#include "core/plan/scalar_json.hpp"

namespace tally::aggregator {

void write_settings(JsonWriter& json, const Task& task) {
  json.key("sampling").begin_object();
  json.key("repeats").value(task.repeats).key("temperature").value(task.temperature);
  json.key("top_p").value(task.top_p).key("max_tokens").value(task.max_tokens).end_object();
  json.key("params").begin_object();
  for (const auto& [name, value] : task.params) json.key(name).raw(scalar_json(value));
  json.end_object();
}

void write_metrics(JsonWriter& json, const TaskFigures& figures) {
  json.key("metrics").begin_object();
  for (const Estimate& metric : figures.metrics) json.key(metric.name).value(metric.value);
  json.end_object().key("stderr").begin_object();
  for (const Estimate& metric : figures.metrics)
    if (metric.standard_error) json.key(metric.name).value(*metric.standard_error);
  json.end_object().key("ci95").begin_object();
  for (const Estimate& metric : figures.metrics) {
    if (!metric.ci95) continue;
    json.key(metric.name).begin_array();
    json.value(metric.ci95->low).value(metric.ci95->high).end_array();
  }
  json.end_object();
}

void write_counts(JsonWriter& json, const Counts& counts) {
  json.key("counts").begin_object().key("expected").value(counts.expected);
  for (std::size_t i = 0; i < kOutcomes; ++i)
    json.key(outcome_name(static_cast<Outcome>(i))).value(counts.outcomes[i]);
  json.key("missing").value(counts.missing).key("truncated").value(counts.truncated);
  json.end_object();
}

}  // namespace tally::aggregator
