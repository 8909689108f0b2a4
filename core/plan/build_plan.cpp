#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <map>

#include "core/base/error.hpp"
#include "core/base/version.hpp"
#include "core/dataset/dataset.hpp"
#include "core/plan/language_profiles.hpp"
#include "core/plan/plan.hpp"

// From a config to a plan: 1) digest models and datasets, each file once, and compare with what the
// config expects; 2) count docs; 3) lay out. Nothing is written.

namespace tally {

namespace {

namespace fs = std::filesystem;

// Seconds since 1970 that go into the plan, so that the same inputs can give the same bytes.
// https://reproducible-builds.org/specs/source-date-epoch
std::int64_t epoch_seconds(std::chrono::system_clock::time_point now) {
  const char* const text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') {
    return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  }
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  const std::string_view digits(text);
  std::int64_t seconds = -1;
  const char* const end = digits.data() + digits.size();
  const auto [rest, code] = std::from_chars(digits.data(), end, seconds);
  if (code != std::errc() || rest != end || seconds < 0 || seconds >= kYear10000) {
    throw Error(Errc::usage, fmt::format("found '{}', expected seconds since 1970", digits),
                {{}, "SOURCE_DATE_EPOCH", 0});
  }
  return seconds;
}

std::string rfc3339(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

// Digests of files, each read once.
class Digests {
 public:
  // `where` is the path's key in the config, `wanted` the digest that stands there or nothing.
  Digest check(const fs::path& file, const Where& where, const std::string& wanted,
               const Where& wanted_where) {
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) {
      throw Error(Errc::missing, fmt::format("found no file {}, expected one", file.string()),
                  where);
    }
    auto it = known_.find(file);
    if (it == known_.end()) it = known_.emplace(file, sha256_file(file)).first;
    std::string expected = wanted;
    std::transform(expected.begin(), expected.end(), expected.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!expected.empty() && expected != it->second.hex()) {
      throw Error(
          Errc::data,
          fmt::format("found {} in {}, expected {}", it->second.hex(), file.string(), expected),
          wanted_where);
    }
    return it->second;
  }

 private:
  std::map<fs::path, Digest> known_;
};

fs::path whole_path(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

PlannedModel plan_model(const RunConfig& config, std::size_t index, Digests& digests) {
  const ModelSpec& spec = config.models[index];
  PlannedModel model;
  model.spec = spec;
  const bool torch = spec.backend == ModelBackend::torchscript;
  fs::path& input = torch ? model.spec.weights : model.spec.completions;
  model.file = whole_path(input);
  input = model.file;
  const char* const key = torch ? "weights" : "completions";
  model.digest =
      digests.check(model.file, {config.file, fmt::format("models[{}].{}", index, key), spec.line},
                    spec.sha256, {config.file, fmt::format("models[{}].sha256", index), spec.line});
  model.spec.sha256 = model.digest.hex();
  return model;
}

PlannedDataset plan_dataset(const RunConfig& config, std::size_t index, std::uint64_t limit,
                            Digests& digests) {
  const DatasetSpec& spec = config.datasets[index];
  PlannedDataset dataset;
  dataset.spec = spec;
  dataset.file = whole_path(spec.source);
  dataset.spec.source = dataset.file;
  dataset.digest = digests.check(
      dataset.file, {config.file, fmt::format("datasets[{}].source", index), spec.line},
      spec.sha256, {config.file, fmt::format("datasets[{}].sha256", index), spec.line});
  dataset.spec.sha256 = dataset.digest.hex();
  const DocsSurvey survey = survey_docs(spec, dataset.file, limit);
  dataset.docs = survey.docs;
  dataset.prompts = survey.prompts;
  if (dataset.docs == 0) {
    throw Error(Errc::config, "found no docs, expected at least 1",
                {config.file, fmt::format("datasets[{}]", index), spec.line});
  }
  return dataset;
}

// Words with ./ or ../ become paths, and files are digested: a scorer must not change unseen. A
// name without a slash, such as python3, is the machine's.
void plan_command(const RunConfig& config, TaskSpec& entry) {
  entry.command_sha256.assign(entry.command.size(), {});
  for (std::size_t i = 0; i < entry.command.size(); ++i) {
    std::string& word = entry.command[i];
    const bool here = word.starts_with("./") || word.starts_with("../");
    if (here) word = whole_path(config.file.parent_path() / word).string();
    std::error_code failed;
    if (here && !fs::exists(word, failed)) {
      throw Error(Errc::missing, fmt::format("found no file {}, expected one", word),
                  {config.file, fmt::format("tasks.{}.command[{}]", entry.name, i), entry.line});
    }
    if (word.starts_with('/') && fs::is_regular_file(word, failed))
      entry.command_sha256[i] = sha256_file(word).hex();
  }
}

// What a scorer reads besides docs is part of its figures.
void plan_resources(const RunConfig& config, TaskSpec& entry) {
  plan_command(config, entry);
  if (entry.language_profiles.empty()) return;
  entry.language_profiles = whole_path(entry.language_profiles);
  const Where where{config.file, fmt::format("tasks.{}.language_profiles", entry.name), entry.line};
  std::error_code failed;
  if (!fs::is_directory(entry.language_profiles, failed)) {
    throw Error(Errc::missing,
                fmt::format("found no folder {}, expected one", entry.language_profiles.string()),
                where);
  }
  entry.language_profiles_sha256 = language_profiles_digest(entry.language_profiles).hex();
}

}  // namespace

Plan build_plan(const RunConfig& config, std::uint64_t limit,
                std::chrono::system_clock::time_point now) {
  Plan plan;
  plan.run_id = config.run.id;
  plan.mode = config.run.mode;
  plan.seed = config.run.seed;
  plan.created_at = rfc3339(epoch_seconds(now));
  plan.code_version = code_version();
  plan.limit = limit;
  plan.entries = config.tasks;
  plan.metrics = config.metrics;
  plan.statistics = config.statistics;
  plan.submit = {config.resources, config.slurm};
  for (auto* hook : {&plan.submit.slurm.setup, &plan.submit.slurm.container,
                     &plan.submit.slurm.script, &plan.submit.slurm.aggregate}) {
    if (!hook->empty()) *hook = whole_path(*hook);
  }
  plan.retry = config.retry;
  plan.commit = config.commit;
  Digests digests;
  for (std::size_t i = 0; i < config.models.size(); ++i) {
    plan.models.push_back(plan_model(config, i, digests));
  }
  for (std::size_t i = 0; i < config.datasets.size(); ++i) {
    plan.datasets.push_back(plan_dataset(config, i, limit, digests));
  }
  for (TaskSpec& entry : plan.entries) {
    // -0 and 0 are one temperature, so they must be one task id.
    for (double& temperature : entry.sampling.temperature.values) temperature += 0.0;
    plan_resources(config, entry);
  }
  plan.lay_out();
  return plan;
}

}  // namespace tally
