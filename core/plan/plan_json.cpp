#include "core/base/json_writer.hpp"
#include "core/config/evaluators.hpp"
#include "core/config/submit_spec.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/plan_names.hpp"
#include "core/plan/scalar_json.hpp"

// Writing plan.json. Its reader is load_plan.cpp; the two change together. What could vary between
// two equal plans (line numbers, the spelling of paths in run.yaml) is not written.

namespace tally {

namespace {

using plan_names::name;

void write_price(JsonWriter& json, const char* key, const std::optional<double>& price) {
  json.key(key);
  if (price)
    json.value(*price);
  else
    json.null();
}

void write_model(JsonWriter& json, const PlannedModel& model) {
  const ModelSpec& spec = model.spec;
  json.begin_object().key("name").value(spec.name);
  json.key("backend").value(name(plan_names::kBackends, spec.backend));
  json.key("file").value(model.file.string()).key("sha256").value(model.digest.hex());
  json.key("device").value(spec.device).key("batch").value(spec.batch);
  json.key("duplicates").value(name(plan_names::kDuplicates, spec.duplicates));
  json.key("sample_index").value(name(plan_names::kSampleIndexes, spec.sample_index));
  write_price(json, "price_in", spec.price_in);
  write_price(json, "price_out", spec.price_out);
  json.end_object();
}

void write_dataset(JsonWriter& json, const PlannedDataset& dataset) {
  const DatasetSpec& spec = dataset.spec;
  json.begin_object().key("slug").value(spec.slug).key("split").value(spec.split);
  json.key("file").value(dataset.file.string()).key("sha256").value(dataset.digest.hex());
  json.key("docs").value(dataset.docs).key("prompts").value(dataset.prompts.hex());
  json.key("format").value(name(plan_names::kFormats, spec.format));
  json.key("revision").value(spec.revision).key("header").value(spec.header);
  json.key("id").value(spec.id).key("input").value(spec.input);
  json.key("target").value(spec.target).key("group_by").value(spec.group_by);
  json.key("rows").value(spec.rows).end_object();
}

template <class T>
void write_list(JsonWriter& json, const char* key, const std::vector<T>& values) {
  json.key(key).begin_array();
  for (const T& value : values) json.value(value);
  json.end_array();
}

void write_scoring(JsonWriter& json, const TaskSpec& entry) {
  json.key("abs_tolerance").value(entry.abs_tolerance);
  json.key("rel_tolerance").value(entry.rel_tolerance);
  json.key("sandbox").value(name(plan_names::kSandboxes, entry.sandbox));
  json.key("interpreter").value(entry.interpreter);
  json.key("test_workers").value(entry.test_workers);
  json.key("limits").raw(limits_json(entry.limits));
  write_list(json, "command", entry.command);
  write_list(json, "command_sha256", entry.command_sha256);
  write_list(json, "columns", entry.columns);
  json.key("language_profiles").value(entry.language_profiles.string());
  json.key("language_profiles_sha256").value(entry.language_profiles_sha256);
}

void write_entry(JsonWriter& json, const TaskSpec& entry) {
  json.begin_object().key("name").value(entry.name);
  json.key("evaluator").value(evaluator_name(entry.evaluator));
  write_list(json, "models", entry.models);
  write_list(json, "datasets", entry.datasets);
  json.key("cot").value(entry.cot).key("extractor").value(entry.extractor);
  json.key("comparator").value(entry.comparator);
  write_scoring(json, entry);
  json.key("sampling").begin_object();
  write_list(json, "repeats", entry.sampling.repeats.values);
  write_list(json, "temperature", entry.sampling.temperature.values);
  write_list(json, "top_p", entry.sampling.top_p.values);
  write_list(json, "max_tokens", entry.sampling.max_tokens.values);
  json.end_object();
  json.key("params").begin_array();
  for (const ParamAxis& param : entry.params) {
    json.begin_object().key("name").value(param.name).key("values").begin_array();
    for (const Scalar& value : param.axis.values) json.raw(scalar_json(value));
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

void write_statistics(JsonWriter& json, const StatisticsSpec& spec) {
  json.key("statistics").begin_object();
  json.key("interval").value(name(plan_names::kIntervals, spec.interval));
  json.key("replicates").value(spec.replicates);
  json.key("short_docs").value(name(plan_names::kShortDocs, spec.short_docs));
  json.key("cluster").value(name(plan_names::kClusters, spec.cluster)).end_object();
}

void write_settings(JsonWriter& json, const Plan& plan) {
  json.key("submit").raw(submit_spec_json(plan.submit));
  json.key("retry").begin_object();
  json.key("attempts").value(plan.retry.attempts);
  json.key("on_infra_error").value(plan.retry.on_infra_error);
  json.key("on_generation_error").value(plan.retry.on_generation_error);
  json.key("hang_ms").value(std::int64_t{plan.retry.hang.count()}).end_object();
  json.key("commit").begin_object();
  json.key("interval_ms").value(std::int64_t{plan.commit.interval.count()});
  json.key("records").value(plan.commit.records).end_object();
}

}  // namespace

std::string limits_json(const LimitsSpec& limits) {
  JsonWriter json;
  json.begin_object().key("cpu_ms").value(std::int64_t{limits.cpu.count()});
  json.key("memory").value(limits.memory).key("output").value(limits.output);
  json.key("processes").value(limits.processes).key("scratch").value(limits.scratch);
  json.key("wall_ms").value(std::int64_t{limits.wall.count()}).end_object();
  return std::move(json).text();
}

std::string Plan::json() const {
  JsonWriter json(2);
  json.begin_object();
  json.key("format").value(plan_names::kMagic).key("version").value(plan_names::kVersion);
  json.key("run_id").value(run_id).key("mode").value(mode).key("seed").value(seed);
  json.key("created_at").value(created_at).key("code_version").value(code_version);
  json.key("limit").value(limit);
  json.key("models").begin_array();
  for (const PlannedModel& model : models) write_model(json, model);
  json.end_array();
  json.key("datasets").begin_array();
  for (const PlannedDataset& dataset : datasets) write_dataset(json, dataset);
  json.end_array();
  json.key("tasks").begin_array();
  for (const TaskSpec& entry : entries) write_entry(json, entry);
  json.end_array();
  write_list(json, "metrics", metrics);
  write_statistics(json, statistics);
  write_settings(json, *this);
  json.key("items").value(items_).end_object();
  return std::move(json).text() + "\n";
}

}  // namespace tally
