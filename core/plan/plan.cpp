#include "core/plan/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"
#include "core/config/evaluators.hpp"
#include "core/plan/plan_names.hpp"
#include "core/plan/scalar_json.hpp"

namespace tally {

namespace {

constexpr std::uint64_t kLimit = std::uint64_t{1} << 62U;

// a * b, or an error: everything below 2^62 can then be added without a thought.
std::uint64_t times(std::uint64_t a, std::uint64_t b, const char* what) {
  if (b != 0 && a > kLimit / b) {
    throw Error(Errc::config,
                fmt::format("found more than 2^62 {}, expected a smaller grid", what));
  }
  return a * b;
}

std::uint64_t plus(std::uint64_t a, std::uint64_t b, const char* what) {
  if (a > kLimit - b) {
    throw Error(Errc::config,
                fmt::format("found more than 2^62 {}, expected a smaller grid", what));
  }
  return a + b;
}

// Tasks of one entry, model, dataset and repeats: the product of the other axes.
std::uint64_t tasks_of(const TaskSpec& entry) {
  const SamplingSpec& sampling = entry.sampling;
  std::uint64_t tasks =
      times(sampling.temperature.values.size(), sampling.top_p.values.size(), "tasks");
  tasks = times(tasks, sampling.max_tokens.values.size(), "tasks");
  for (const ParamAxis& param : entry.params) {
    tasks = times(tasks, param.axis.values.size(), "tasks");
  }
  return tasks;
}

template <class List, class Name>
std::uint32_t index_of(const List& list, const std::string& wanted, Name name, const char* what) {
  const auto it = std::find_if(list.begin(), list.end(),
                               [&](const auto& element) { return name(element) == wanted; });
  if (it == list.end()) {
    throw Error(Errc::config, fmt::format("found no {} '{}', expected it defined", what, wanted));
  }
  return static_cast<std::uint32_t>(it - list.begin());
}

// Takes the fastest digit of `rest` in mixed radix.
template <class T>
const T& digit(const Axis<T>& axis, std::uint64_t& rest) {
  const std::uint64_t radix = axis.values.size();
  const T& value = axis.values[rest % radix];
  rest /= radix;
  return value;
}

// The segment that holds position `at`; `first` says where one begins.
const Segment& segment_of(const std::vector<Segment>& segments, std::uint64_t at,
                          std::uint64_t Segment::*first) {
  const auto past =
      std::upper_bound(segments.begin(), segments.end(), at,
                       [&](std::uint64_t value, const Segment& s) { return value < s.*first; });
  assert(past != segments.begin());
  return *std::prev(past);
}

// How a file of completions is read decides which of them count; nothing like it is asked of
// others.
std::string model_json(const PlannedModel& model) {
  const ModelSpec& spec = model.spec;
  const bool replays = spec.backend == ModelBackend::replay;
  JsonWriter json;
  json.begin_object();
  if (replays)
    json.key("duplicates").value(plan_names::name(plan_names::kDuplicates, spec.duplicates));
  json.key("name").value(spec.name);
  if (replays)
    json.key("sample_index").value(plan_names::name(plan_names::kSampleIndexes, spec.sample_index));
  json.key("signature").value(model.digest.hex()).end_object();
  return std::move(json).text();
}

// A file of a command counts by its content, wherever it lies.
std::string command_identity(const TaskSpec& entry, std::size_t word) {
  const bool file = word < entry.command_sha256.size() && !entry.command_sha256[word].empty();
  return file ? "sha256:" + entry.command_sha256[word] : entry.command[word];
}

// What an evaluator's own settings are, keys sorted; only what it looks at.
std::string scoring_json(const TaskSpec& entry) {
  const std::string_view evaluator = evaluator_name(entry.evaluator);
  JsonWriter json;
  json.begin_object();
  if (entry.comparator == "tokens_tol") json.key("abs_tolerance").value(entry.abs_tolerance);
  if (evaluator == "external") {
    json.key("columns").begin_array();
    for (const std::string& column : entry.columns) json.value(column);
    json.end_array().key("command").begin_array();
    for (std::size_t i = 0; i < entry.command.size(); ++i) json.value(command_identity(entry, i));
    json.end_array();
  }
  if (evaluator == "code") {
    json.key("interpreter").value(entry.interpreter);
    json.key("limits").raw(limits_json(entry.limits));
  }
  if (!entry.language_profiles_sha256.empty())
    json.key("language_profiles_sha256").value(entry.language_profiles_sha256);
  if (entry.comparator == "tokens_tol") json.key("rel_tolerance").value(entry.rel_tolerance);
  if (evaluator == "code")
    json.key("sandbox").value(plan_names::name(plan_names::kSandboxes, entry.sandbox));
  json.end_object();
  return std::move(json).text();
}

}  // namespace

void Plan::lay_out() {
  segments_.clear();
  tasks_ = 0;
  items_ = 0;
  for (const TaskSpec& entry : entries) {
    for (const std::string& name : entry.models) {
      index_of(
          models, name, [](const PlannedModel& m) { return m.spec.name; }, "model");
    }
  }
  for (std::uint32_t model = 0; model < models.size(); ++model) {
    for (std::uint32_t entry = 0; entry < entries.size(); ++entry) {
      const auto& named = entries[entry].models;
      if (std::find(named.begin(), named.end(), models[model].spec.name) == named.end()) continue;
      lay_out_entry(model, entry);
    }
  }
  if (items_ == 0) throw Error(Errc::config, "found no items, expected at least 1");
}

void Plan::lay_out_entry(std::uint32_t model, std::uint32_t entry) {
  const TaskSpec& spec = entries[entry];
  const std::uint64_t tasks = tasks_of(spec);
  for (const std::string& slug : spec.datasets) {
    const auto name = [](const PlannedDataset& d) { return d.spec.slug; };
    const std::uint32_t dataset = index_of(datasets, slug, name, "dataset");
    for (const std::uint32_t repeats : spec.sampling.repeats.values) {
      Segment segment{model, entry,  dataset, repeats, datasets[dataset].docs,
                      tasks, tasks_, items_};
      if (tasks == 0 || segment.docs == 0 || repeats == 0) continue;
      const std::uint64_t per_task = times(segment.docs, repeats, "items");
      tasks_ = plus(tasks_, tasks, "tasks");
      items_ = plus(items_, times(per_task, tasks, "items"), "items");
      segments_.push_back(segment);
    }
  }
}

Task Plan::task(std::uint64_t index) const {
  assert(index < tasks_);
  const Segment& segment = segment_of(segments_, index, &Segment::first_task);
  std::uint64_t rest = index - segment.first_task;
  Task task;
  task.index = index;
  task.first = segment.first + rest * segment.items_per_task();
  task.docs = segment.docs;
  task.repeats = segment.repeats;
  task.model = segment.model;
  task.entry = segment.entry;
  task.dataset = segment.dataset;
  const TaskSpec& entry = entries[segment.entry];
  for (auto param = entry.params.rbegin(); param != entry.params.rend(); ++param) {
    task.params.emplace_back(param->name, digit(param->axis, rest));
  }
  std::reverse(task.params.begin(), task.params.end());
  task.max_tokens = digit(entry.sampling.max_tokens, rest);
  task.top_p = digit(entry.sampling.top_p, rest);
  task.temperature = digit(entry.sampling.temperature, rest);
  return task;
}

Item Plan::item(Ordinal ordinal) const {
  assert(ordinal < items_);
  const Segment& segment = segment_of(segments_, ordinal, &Segment::first);
  const std::uint64_t offset = ordinal - segment.first;
  const std::uint64_t in_task = offset % segment.items_per_task();
  return {segment.first_task + offset / segment.items_per_task(), in_task / segment.repeats,
          static_cast<std::uint32_t>(in_task % segment.repeats)};
}

std::string Plan::task_json(const Task& task) const {
  const TaskSpec& entry = entries[task.entry];
  const PlannedDataset& dataset = datasets[task.dataset];
  const PlannedModel& model = models[task.model];
  JsonWriter json;
  json.begin_object();
  json.key("comparator").value(entry.comparator).key("cot").value(entry.cot);
  json.key("dataset").begin_object();
  json.key("revision").value(dataset.spec.revision).key("sha256").value(dataset.digest.hex());
  json.key("slug").value(dataset.spec.slug).key("split").value(dataset.spec.split).end_object();
  json.key("evaluator").value(evaluator_name(entry.evaluator));
  json.key("extractor").value(entry.extractor);
  json.key("model").raw(model_json(model));
  json.key("name").value(entry.name);
  json.key("params").begin_object();
  auto params = task.params;
  std::sort(params.begin(), params.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [name, value] : params) json.key(name).raw(scalar_json(value));
  json.end_object();
  json.key("sampling").begin_object();
  json.key("max_tokens").value(task.max_tokens).key("repeats").value(task.repeats);
  json.key("temperature").value(task.temperature).key("top_p").value(task.top_p).end_object();
  if (const std::string scoring = scoring_json(entry); scoring != "{}")
    json.key("scoring").raw(scoring);
  json.key("version").value(1).end_object();
  return std::move(json).text();
}

std::string Plan::task_id(const Task& task) const { return sha256(task_json(task)).short_hex(); }

Digest Plan::digest() const { return sha256(json()); }

}  // namespace tally
