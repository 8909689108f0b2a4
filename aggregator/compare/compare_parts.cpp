#include "aggregator/compare/compare_parts.hpp"

#include <fmt/format.h>

#include "aggregator/outputs/report.hpp"
#include "aggregator/outputs/task_json.hpp"
#include "aggregator/outputs/task_text.hpp"

namespace tally::aggregator {
namespace {

constexpr std::size_t kMaxUnpaired = 50;

const Plan& plan_of(Side side, const Plan& a, const Plan& b) { return side == Side::a ? a : b; }

const char* name_of(Side side) { return side == Side::a ? "A" : "B"; }

}  // namespace

std::string task_label(const Plan& plan, std::uint64_t index) {
  const Task task = plan.task(index);
  const DatasetSpec& dataset = plan.datasets[task.dataset].spec;
  const TaskSpec& entry = plan.entries[task.entry];
  return printable(fmt::format("{}/{}  {}  {}", dataset.slug, dataset.split, entry.name,
                               settings_text(task, entry)));
}

const std::string& model_name(const Plan& plan, std::uint64_t task) {
  return plan.models[plan.task(task).model].spec.name;
}

std::string unpaired_text(const RunComparison& comparison, const Plan& a, const Plan& b) {
  std::string text;
  for (std::size_t i = 0; i < comparison.unpaired.size() && i < kMaxUnpaired; ++i) {
    const Unpaired& unpaired = comparison.unpaired[i];
    const Plan& plan = plan_of(unpaired.side, a, b);
    text += fmt::format("unpaired in {}: {}  {}: {}\n", name_of(unpaired.side),
                        task_label(plan, unpaired.task), printable(model_name(plan, unpaired.task)),
                        printable(unpaired.reason));
  }
  if (comparison.unpaired.size() > kMaxUnpaired)
    text += fmt::format("... and {} more unpaired tasks: --json has them all\n",
                        comparison.unpaired.size() - kMaxUnpaired);
  return text;
}

void write_run(JsonWriter& json, const PublishedRun& run) {
  json.begin_object().key("run").value(run.root.string());
  json.key("run_id").value(run.plan.run_id);
  json.key("plan_sha256").value(run.plan.digest().hex());
  json.key("results").value(run.results.filename().string());
  json.key("complete").value(run.complete).key("limit").value(run.plan.limit);
  json.key("code_version").value(run.code_version).end_object();
}

void write_task(JsonWriter& json, const Plan& plan, std::uint64_t index) {
  const Task task = plan.task(index);
  json.key("task_id").value(plan.task_id(task));
  json.key("model").value(plan.models[task.model].spec.name);
  json.key("model_signature").value(plan.models[task.model].digest.hex());
  const TaskSpec& entry = plan.entries[task.entry];
  if (entry.evaluator == Evaluator::code) write_sandbox(json, entry);
  write_settings(json, task);
}

void write_place(JsonWriter& json, const Plan& plan, std::uint64_t index) {
  const Task task = plan.task(index);
  const DatasetSpec& dataset = plan.datasets[task.dataset].spec;
  json.key("dataset").value(dataset.slug).key("split").value(dataset.split);
  json.key("task").value(plan.entries[task.entry].name);
}

void write_violations(JsonWriter& json, const TaskComparison& task) {
  json.key("violations").begin_array();
  for (const Violation& violation : task.violations) {
    json.begin_object().key("clause").value(violation.clause);
    json.key("a").value(violation.a).key("b").value(violation.b);
    json.key("allowed").value(violation.allowed).end_object();
  }
  json.end_array();
}

void write_docs(JsonWriter& json, const TaskComparison& task) {
  const DocCounts& docs = task.docs;
  json.key("docs").begin_object().key("joined_by").value(task.by_content ? "content" : "row");
  json.key("both").value(docs.both);
  json.key("only_a").value(docs.only_a).key("only_b").value(docs.only_b);
  json.key("neither").value(docs.neither);
  json.key("outside_a").value(docs.outside_a).key("outside_b").value(docs.outside_b).end_object();
}

void write_options(JsonWriter& json, const CompareOptions& options) {
  json.key("metric").value(options.metric.name());
  if (options.better != Better::unknown)
    json.key("higher_is_better").value(options.better == Better::more);
  json.key("allowed").begin_array();
  for (const std::string& clause : options.allowed) json.value(clause);
  json.end_array().key("allow_incomplete").value(options.allow_incomplete);
}

void write_unpaired(JsonWriter& json, const RunComparison& comparison, const Plan& a,
                    const Plan& b) {
  json.key("unpaired").begin_array();
  for (const Unpaired& unpaired : comparison.unpaired) {
    const Plan& plan = plan_of(unpaired.side, a, b);
    json.begin_object().key("side").value(unpaired.side == Side::a ? "a" : "b");
    write_place(json, plan, unpaired.task);
    write_task(json, plan, unpaired.task);
    json.key("reason").value(unpaired.reason).end_object();
  }
  json.end_array().key("not_selected").begin_object();
  json.key("a").value(comparison.not_selected_a).key("b").value(comparison.not_selected_b);
  json.end_object();
}

void write_notes(JsonWriter& json, const std::vector<std::string>& notes) {
  json.key("notes").begin_array();
  for (const std::string& note : notes) json.value(note);
  json.end_array();
}

void write_judgement(JsonWriter& json, const Judgement& judgement) {
  json.key("verdict").value(verdict_name(judgement.verdict));
  json.key("reason").value(judgement.reason);
}

void write_without_value(JsonWriter& json, std::uint64_t draws) {
  if (draws > 0) json.key("draws_without_value").value(draws);
}

std::string without_value_text(std::uint64_t draws) {
  return draws > 0 ? fmt::format("; {} draws without a value", draws) : "";
}

void write_ci95(JsonWriter& json, const std::optional<Bounds>& bounds) {
  if (!bounds) return;
  json.key("ci95").begin_array().value(bounds->low).value(bounds->high).end_array();
}

}  // namespace tally::aggregator
