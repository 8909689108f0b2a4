#include "aggregator/outputs/score_index.hpp"

#include "aggregator/outputs/task_json.hpp"
#include "core/base/json_writer.hpp"

namespace tally::aggregator {

std::string score_index_row(const Plan& plan, const TaskFigures& figures) {
  const Task& task = figures.task;
  const PlannedModel& model = plan.models[task.model];
  const PlannedDataset& dataset = plan.datasets[task.dataset];
  const TaskSpec& entry = plan.entries[task.entry];
  JsonWriter json;
  json.begin_object().key("index_version").value(kScoreIndexVersion);
  json.key("run_id").value(plan.run_id).key("task_id").value(figures.id);
  json.key("dataset").value(dataset.spec.slug).key("split").value(dataset.spec.split);
  json.key("dataset_revision").value(dataset.spec.revision);
  json.key("dataset_sha256").value(dataset.digest.hex());
  json.key("model").value(model.spec.name).key("model_signature").value(model.digest.hex());
  json.key("task").value(entry.name).key("cot").value(entry.cot);
  write_sandbox(json, entry);
  write_settings(json, task);
  write_metrics(json, figures);
  write_groups(json, figures.breakdown);
  write_counts(json, figures.counts);
  json.key("limit").value(plan.limit);
  json.key("problems").value(task.docs).key("samples").value(task.items());
  write_usage(json, figures, model.spec);
  json.key("complete").value(figures.complete());
  json.key("is_param_search").value(plan.mode == "param_search");
  json.key("created_at").value(plan.created_at).key("log_path").value("logs");
  json.end_object();
  std::string row = std::move(json).text();
  row += '\n';
  return row;
}

}  // namespace tally::aggregator
