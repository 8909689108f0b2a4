#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/config/evaluators.hpp"
#include "core/config/submit_spec.hpp"
#include "core/plan/hex.hpp"
#include "core/plan/json_fields.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/plan_names.hpp"

// Reading plan.json: the counterpart of plan_json.cpp. At the end the plan is written again and has
// to give the same bytes, which also catches what JSON parsers let pass (a key twice, 1e2 for 100).

namespace tally {

namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{256} << 20U;

Digest read_digest(JsonFields& fields, const std::string& key) {
  const std::string hex = fields.text(key);
  const auto digest = digest_from_hex(hex);
  if (!digest) fields.fail(key, fmt::format("found '{}', expected 64 hex digits", hex));
  return *digest;
}

template <class Enum>
Enum read_enum(JsonFields& fields, const std::string& key,
               const std::vector<std::string_view>& names) {
  return static_cast<Enum>(fields.one_of(key, names));
}

std::optional<double> read_price(JsonFields& fields, const std::string& key) {
  return fields.is_null(key) ? std::nullopt : std::optional(fields.number(key));
}

PlannedModel read_model(JsonFields fields) {
  PlannedModel model;
  model.spec.name = fields.text("name");
  model.spec.backend = read_enum<ModelBackend>(fields, "backend", plan_names::kBackends);
  model.file = fields.text("file");
  model.digest = read_digest(fields, "sha256");
  model.spec.sha256 = model.digest.hex();
  model.spec.device = fields.text("device");
  model.spec.batch = fields.u32("batch");
  model.spec.duplicates = read_enum<Duplicates>(fields, "duplicates", plan_names::kDuplicates);
  model.spec.sample_index =
      read_enum<SampleIndex>(fields, "sample_index", plan_names::kSampleIndexes);
  model.spec.price_in = read_price(fields, "price_in");
  model.spec.price_out = read_price(fields, "price_out");
  (model.spec.backend == ModelBackend::torchscript ? model.spec.weights : model.spec.completions) =
      model.file;
  fields.finish();
  return model;
}

PlannedDataset read_dataset(JsonFields fields) {
  PlannedDataset dataset;
  DatasetSpec& spec = dataset.spec;
  spec.slug = fields.text("slug");
  spec.split = fields.text("split");
  dataset.file = fields.text("file");
  spec.source = dataset.file;
  dataset.digest = read_digest(fields, "sha256");
  spec.sha256 = dataset.digest.hex();
  dataset.docs = fields.u64("docs");
  dataset.prompts = read_digest(fields, "prompts");
  spec.format = read_enum<DatasetFormat>(fields, "format", plan_names::kFormats);
  spec.revision = fields.text("revision");
  spec.header = fields.truth("header");
  spec.id = fields.text("id");
  spec.input = fields.text("input");
  spec.target = fields.text("target");
  spec.group_by = fields.text("group_by");
  spec.rows = fields.text("rows");
  fields.finish();
  return dataset;
}

Scalar read_scalar(const nlohmann::json& value, const JsonFields& fields) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return value.get<double>();
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > kMax) {
    fields.fail("values", fmt::format("found {}, expected at most {}", value.dump(), kMax));
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  fields.fail("values", fmt::format("found {}, expected scalars", value.type_name()));
}

Axis<std::uint32_t> read_counts(JsonFields& fields, const std::string& key) {
  Axis<std::uint32_t> axis;
  for (const auto& value : fields.array(key)) {
    const std::uint64_t count = value.is_number_unsigned()
                                    ? value.get<std::uint64_t>()
                                    : std::numeric_limits<std::uint64_t>::max();
    if (count > std::numeric_limits<std::uint32_t>::max()) {
      fields.fail(key, fmt::format("found {}, expected 32-bit counts", value.dump()));
    }
    axis.values.push_back(static_cast<std::uint32_t>(count));
  }
  return axis;
}

Axis<double> read_numbers(JsonFields& fields, const std::string& key) {
  Axis<double> axis;
  for (const auto& value : fields.array(key)) {
    if (!value.is_number()) {
      fields.fail(key, fmt::format("found {}, expected numbers", value.type_name()));
    }
    axis.values.push_back(value.get<double>());
  }
  return axis;
}

LimitsSpec read_limits(JsonFields fields) {
  LimitsSpec limits;
  limits.cpu = std::chrono::milliseconds(fields.u32("cpu_ms"));
  limits.memory = fields.u64("memory");
  limits.output = fields.u64("output");
  limits.processes = fields.u32("processes");
  limits.scratch = fields.u64("scratch");
  limits.wall = std::chrono::milliseconds(fields.u32("wall_ms"));
  fields.finish();
  return limits;
}

void read_scoring(JsonFields& fields, TaskSpec& entry) {
  entry.abs_tolerance = fields.number("abs_tolerance");
  entry.rel_tolerance = fields.number("rel_tolerance");
  entry.sandbox = read_enum<SandboxMode>(fields, "sandbox", plan_names::kSandboxes);
  entry.interpreter = fields.text("interpreter");
  entry.test_workers = fields.u32("test_workers");
  entry.limits = read_limits(fields.object("limits"));
  entry.command = fields.texts("command");
  entry.command_sha256 = fields.texts("command_sha256");
  entry.columns = fields.texts("columns");
  entry.language_profiles = fields.text("language_profiles");
  entry.language_profiles_sha256 = fields.text("language_profiles_sha256");
}

StatisticsSpec read_statistics(JsonFields fields) {
  StatisticsSpec spec;
  spec.interval = read_enum<IntervalKind>(fields, "interval", plan_names::kIntervals);
  spec.replicates = fields.u32("replicates");
  spec.short_docs = read_enum<ShortDocs>(fields, "short_docs", plan_names::kShortDocs);
  spec.cluster = read_enum<ClusterBy>(fields, "cluster", plan_names::kClusters);
  fields.finish();
  return spec;
}

TaskSpec read_entry(JsonFields fields) {
  TaskSpec entry;
  entry.name = fields.text("name");
  entry.evaluator = read_enum<Evaluator>(fields, "evaluator", evaluator_names());
  entry.models = fields.texts("models");
  entry.datasets = fields.texts("datasets");
  entry.cot = fields.truth("cot");
  entry.extractor = fields.text("extractor");
  entry.comparator = fields.text("comparator");
  read_scoring(fields, entry);
  JsonFields sampling = fields.object("sampling");
  entry.sampling.repeats = read_counts(sampling, "repeats");
  entry.sampling.temperature = read_numbers(sampling, "temperature");
  entry.sampling.top_p = read_numbers(sampling, "top_p");
  entry.sampling.max_tokens = read_counts(sampling, "max_tokens");
  sampling.finish();
  for (JsonFields& param : fields.objects("params")) {
    ParamAxis axis;
    axis.name = param.text("name");
    for (const auto& value : param.array("values")) {
      axis.axis.values.push_back(read_scalar(value, param));
    }
    param.finish();
    entry.params.push_back(std::move(axis));
  }
  fields.finish();
  return entry;
}

void read_settings(JsonFields& fields, Plan& plan) {
  try {
    plan.submit = parse_submit_spec(fields.raw("submit"), {});
  } catch (const Error& e) {
    fields.fail("submit", e.what());
  }
  JsonFields retry = fields.object("retry");
  plan.retry.attempts = retry.u32("attempts");
  plan.retry.on_infra_error = retry.truth("on_infra_error");
  plan.retry.on_generation_error = retry.truth("on_generation_error");
  plan.retry.hang = std::chrono::milliseconds(retry.u32("hang_ms"));
  retry.finish();
  JsonFields commit = fields.object("commit");
  plan.commit.interval = std::chrono::milliseconds(commit.u32("interval_ms"));
  plan.commit.records = commit.u64("records");
  commit.finish();
}

Plan read_plan(JsonFields fields) {
  Plan plan;
  static_cast<void>(fields.text("format"));
  static_cast<void>(fields.u32("version"));
  plan.run_id = fields.text("run_id");
  plan.mode = fields.text("mode");
  plan.seed = fields.u64("seed");
  plan.created_at = fields.text("created_at");
  plan.code_version = fields.text("code_version");
  plan.limit = fields.u64("limit");
  for (JsonFields& model : fields.objects("models")) plan.models.push_back(read_model(model));
  for (JsonFields& dataset : fields.objects("datasets")) {
    plan.datasets.push_back(read_dataset(dataset));
  }
  for (JsonFields& entry : fields.objects("tasks")) plan.entries.push_back(read_entry(entry));
  plan.metrics = fields.texts("metrics");
  plan.statistics = read_statistics(fields.object("statistics"));
  read_settings(fields, plan);
  const std::uint64_t items = fields.u64("items");
  fields.finish();
  try {
    plan.lay_out();
  } catch (const Error& e) {
    fields.fail("tasks", e.what());
  }
  if (items != plan.items()) {
    fields.fail("items", fmt::format("found {}, expected {}", items, plan.items()));
  }
  return plan;
}

}  // namespace

Plan load_plan(const std::filesystem::path& file) {
  const std::string text = read_text(file, kMaxBytes);
  const nlohmann::json root = parse_own_json(text, file, plan_names::kMagic, plan_names::kVersion);
  Plan plan = read_plan(JsonFields(root, file));
  if (plan.json() != text) {
    throw Error(Errc::data, "found an edited plan, expected the bytes that `tally launch` wrote",
                {file, {}, 0});
  }
  return plan;
}

}  // namespace tally
