#include "core/config/run_config.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/config/checks.hpp"
#include "core/config/evaluators.hpp"
#include "core/config/faults.hpp"
#include "core/config/node.hpp"
#include "core/config/overrides.hpp"
#include "core/config/spec_reader.hpp"

// From text to RunConfig, in order: 1) parse into a tree, refusing what we do not want of YAML;
// 2) write the overrides into the tree; 3) read the tree by the descriptions; 4) fill in what
// depends on other keys; 5) check across keys. Faults of 1 end it there: a tree that is not what
// was written would only give follow-up messages. Those of 2 to 5 are reported together.

namespace tally {
namespace {

void resolve(std::filesystem::path& path, const std::filesystem::path& folder) {
  if (!path.empty()) path = (folder / path).lexically_normal();
}

void to_lower(std::string& hex) {
  for (char& c : hex)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
}

void complete(RunConfig& config, const std::filesystem::path& folder) {
  for (ModelSpec& model : config.models) {
    resolve(model.weights, folder);
    resolve(model.completions, folder);
    to_lower(model.sha256);
  }
  for (DatasetSpec& dataset : config.datasets) {
    resolve(dataset.source, folder);
    to_lower(dataset.sha256);
  }
  for (auto* hook : {&config.slurm.setup, &config.slurm.container, &config.slurm.script,
                     &config.slurm.aggregate}) {
    resolve(*hook, folder);
  }
  for (TaskSpec& task : config.tasks) {
    if (task.name.empty()) task.name = evaluator_name(task.evaluator);
    if (task.evaluator == Evaluator::free_response && task.comparator.empty())
      task.comparator = "exact";
    resolve(task.language_profiles, folder);
  }
}

}  // namespace

bool is_mmlu_csv(const DatasetSpec& spec) {
  const std::string name = spec.source.filename().string();
  return name.ends_with(".csv") || name.ends_with(".csv.gz");
}

RunConfig parse_run_config(const std::string& text, const std::filesystem::path& file,
                           const std::vector<Override>& overrides) {
  Faults faults(file);
  Node root = parse_yaml(text, faults);
  faults.throw_if_any();
  if (root.kind != Node::Kind::map) {
    faults.add(root.place, "", fmt::format("found {}, expected a mapping", found(root)));
    faults.throw_if_any();
  }
  for (const Override& each : overrides) apply_override(root, each, faults);
  RunConfig config;
  config.file = file;
  SpecReader reader(root, "", faults);
  describe(reader, config);
  reader.finish();
  complete(config, file.parent_path());
  check_config(config, root, faults);
  faults.throw_if_any();
  return config;
}

RunConfig load_run_config(const std::filesystem::path& file,
                          const std::vector<Override>& overrides) {
  std::string text;
  try {
    text = read_text(file, kMaxConfigBytes);
  } catch (const Error& error) {
    if (error.code() != Errc::data) throw;
    throw Error(Errc::config, error.what());  // too long, or no file
  }
  return parse_run_config(text, file, overrides);
}

}  // namespace tally
