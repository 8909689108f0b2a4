#include "launcher/plan_report.hpp"

#include <fmt/format.h>

#include <iterator>
#include <ostream>
#include <set>

#include "core/base/json_writer.hpp"

namespace tally::launcher {
namespace {

constexpr std::size_t kListBuffer = 256 * 1024;

std::set<std::uint32_t> repeats_of(const Plan& plan) {
  std::set<std::uint32_t> repeats;
  for (const Segment& segment : plan.segments()) repeats.insert(segment.repeats);
  return repeats;
}

std::string repeats_text(const Plan& plan) {
  std::string text;
  for (const std::uint32_t repeats : repeats_of(plan)) {
    fmt::format_to(std::back_inserter(text), "{}{}", text.empty() ? "" : ", ", repeats);
  }
  return text;
}

std::uint64_t docs_of(const Plan& plan) {
  std::uint64_t docs = 0;
  for (const PlannedDataset& dataset : plan.datasets) docs += dataset.docs;
  return docs;
}

std::string number(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

std::string scalar_text(const Scalar& scalar) {
  if (const auto* truth = std::get_if<bool>(&scalar)) return *truth ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&scalar)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&scalar)) return number(*real);
  return std::get<std::string>(scalar);
}

std::string task_text(const Plan& plan, const Task& task) {
  const DatasetSpec& dataset = plan.datasets[task.dataset].spec;
  std::string text =
      fmt::format("{} {} model={} dataset={}/{} repeats={} temperature={} top_p={} max_tokens={}",
                  plan.task_id(task), plan.entries[task.entry].name,
                  plan.models[task.model].spec.name, dataset.slug, dataset.split, task.repeats,
                  number(task.temperature), number(task.top_p), task.max_tokens);
  for (const auto& [name, value] : task.params) {
    fmt::format_to(std::back_inserter(text), " {}={}", name, scalar_text(value));
  }
  return text;
}

void add_task(JsonWriter& json, const Plan& plan, const Task& task) {
  const std::string identity = plan.task_json(task);
  json.begin_object().key("task_id").value(sha256(identity).short_hex());
  json.key("index").value(task.index).key("first").value(task.first);
  json.key("items").value(task.items()).key("identity").raw(identity).end_object();
}

void add_inputs(JsonWriter& json, const Plan& plan) {
  json.key("models").begin_array();
  for (const PlannedModel& model : plan.models) {
    json.begin_object().key("name").value(model.spec.name);
    json.key("sha256").value(model.digest.hex()).key("file").value(model.file.string());
    json.end_object();
  }
  json.end_array().key("datasets").begin_array();
  for (const PlannedDataset& dataset : plan.datasets) {
    json.begin_object().key("slug").value(dataset.spec.slug);
    json.key("split").value(dataset.spec.split).key("docs").value(dataset.docs);
    json.key("sha256").value(dataset.digest.hex()).key("file").value(dataset.file.string());
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string plan_text(const Plan& plan, const Geometry& geometry) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "run       {} ({}, seed {})\n", plan.run_id, plan.mode, plan.seed);
  for (const PlannedModel& model : plan.models) {
    fmt::format_to(out, "model     {} {}\n", model.spec.name, model.digest.short_hex());
  }
  for (const PlannedDataset& dataset : plan.datasets) {
    fmt::format_to(out, "dataset   {}/{} {} {} docs\n", dataset.spec.slug, dataset.spec.split,
                   dataset.digest.short_hex(), dataset.docs);
  }
  fmt::format_to(out, "tasks     {}\ndocs      {}\n", plan.tasks(), docs_of(plan));
  fmt::format_to(out, "repeats   {}\nitems     {}\n", repeats_text(plan), plan.items());
  fmt::format_to(out, "elements  {} x {} ranks, {} at once\n", geometry.elements, geometry.ranks,
                 geometry.side_by_side);
  fmt::format_to(out, "first     {}\n", task_text(plan, plan.task(0)));
  fmt::format_to(out, "last      {}\n", task_text(plan, plan.task(plan.tasks() - 1)));
  return text;
}

std::string plan_summary_json(const Plan& plan, const Geometry& geometry) {
  JsonWriter json;
  json.begin_object().key("run_id").value(plan.run_id).key("mode").value(plan.mode);
  json.key("seed").value(plan.seed).key("limit").value(plan.limit);
  json.key("tasks").value(plan.tasks()).key("docs").value(docs_of(plan));
  json.key("repeats").begin_array();
  for (const std::uint32_t repeats : repeats_of(plan)) json.value(repeats);
  json.end_array().key("items").value(plan.items());
  json.key("elements").value(geometry.elements).key("ranks").value(geometry.ranks);
  json.key("side_by_side").value(geometry.side_by_side);
  add_inputs(json, plan);
  json.key("first_task");
  add_task(json, plan, plan.task(0));
  json.key("last_task");
  add_task(json, plan, plan.task(plan.tasks() - 1));
  json.end_object();
  return json.text();
}

void list_tasks(const Plan& plan, std::ostream& out) {
  std::string buffer;
  for (std::uint64_t index = 0; index < plan.tasks(); ++index) {
    JsonWriter json;
    add_task(json, plan, plan.task(index));
    buffer += json.text();
    buffer += '\n';
    if (buffer.size() < kListBuffer && index + 1 < plan.tasks()) continue;
    out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    buffer.clear();
    if (!out) return;  // tool_main() reports it
  }
}

}  // namespace tally::launcher
