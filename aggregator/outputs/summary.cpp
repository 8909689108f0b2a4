#include "aggregator/outputs/summary.hpp"

#include <fmt/format.h>

#include "aggregator/outputs/task_json.hpp"
#include "core/base/json_writer.hpp"

namespace tally::aggregator {
namespace {

void write_variance(JsonWriter& json, const std::optional<VarianceParts>& parts) {
  json.key("variance");
  if (!parts) {
    json.null();
    return;
  }
  json.begin_object().key("between_docs").value(parts->between_docs);
  json.key("within_docs").value(parts->within_docs).end_object();
}

}  // namespace

double pessimistic_accuracy(const TaskFigures& figures) {
  return figures.score_sum / static_cast<double>(figures.counts.expected);
}

std::string summary_head(const Plan& plan) {
  JsonWriter json;
  json.value(plan.run_id);
  std::string text = R"({"format":"tally-summary","version":1,"run_id":)";
  text += json.text();
  text += R"(,"plan_sha256":")";
  text += plan.digest().hex();
  text += fmt::format("\",\"limit\":{},\"tasks\":[", plan.limit);
  return text;
}

std::string summary_task(const Plan& plan, const TaskFigures& figures, bool first) {
  const Task& task = figures.task;
  const TaskSpec& entry = plan.entries[task.entry];
  JsonWriter json;
  json.begin_object().key("task_id").value(figures.id);
  json.key("model").value(plan.models[task.model].spec.name);
  json.key("dataset").value(plan.datasets[task.dataset].spec.slug);
  json.key("split").value(plan.datasets[task.dataset].spec.split).key("task").value(entry.name);
  json.key("extractor").value(entry.extractor).key("comparator").value(entry.comparator);
  write_sandbox(json, entry);
  write_settings(json, task);
  write_metrics(json, figures);
  write_groups(json, figures.breakdown);
  write_variance(json, figures.variance);
  write_counts(json, figures.counts);
  json.key("score_sum").value(figures.score_sum);
  json.key("accuracy_counting_errors_as_wrong").value(pessimistic_accuracy(figures));
  write_usage(json, figures, plan.models[task.model].spec);
  json.key("first_ordinal").value(task.first).key("docs").value(task.docs);
  json.key("complete").value(figures.complete());
  json.key("uncounted").value(figures.uncounted.text());
  json.key("compute_seconds").value(figures.seconds);
  json.key("longest_item_seconds").value(figures.longest_seconds).end_object();
  std::string text = first ? "\n" : ",\n";
  text += json.text();
  return text;
}

std::string summary_tail(const MergeFacts& facts, const Totals& totals) {
  JsonWriter json;
  json.begin_object().key("tasks").value(totals.tasks);
  json.key("complete_tasks").value(totals.complete_tasks).key("items").value(totals.items);
  json.key("counted").value(totals.counted).key("errors").value(totals.errors);
  json.key("missing").value(totals.missing).key("duplicates").value(facts.duplicates);
  json.key("conflicts").value(facts.conflicts).key("shards").value(facts.shards.size());
  json.key("quarantined").value(facts.quarantined.size());
  json.key("compute_seconds").value(totals.seconds);
  json.key("longest_item_seconds").value(totals.longest_seconds);
  json.key("complete").value(totals.complete()).end_object();
  std::string text = "\n],\"totals\":";
  text += json.text();
  text += "}\n";
  return text;
}

}  // namespace tally::aggregator
