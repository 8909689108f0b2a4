#include "core/config/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/config/evaluators.hpp"
#include "core/config/patterns.hpp"
#include "core/config/scalars.hpp"
#include "core/config/words.hpp"

namespace tally {
namespace {

// The place of root.<list>[index].<key>; of the nearest that exists when there is no such key.
Place place_of(const Node& root, std::string_view list, std::size_t index, std::string_view key) {
  const Node* const all = root.find(list);
  if (all == nullptr) return root.place;
  const Node* const element = all->at(index);
  if (element == nullptr) return all->place;
  const Node* const value = element->find(key);
  return value == nullptr ? element->place : value->place;
}

// The names that a list of the config defines, in its order.
struct Names {
  std::vector<std::string_view> all;
  std::unordered_map<std::string_view, std::size_t> first;  // where each stands first
  void add(std::string_view name) {
    first.emplace(name, all.size());
    all.push_back(name);
  }
};

class Checker {
 public:
  Checker(const RunConfig& config, const Node& root, Faults& faults)
      : config_(config), root_(root), faults_(faults) {
    for (const ModelSpec& model : config.models) models_.add(model.name);
    for (const DatasetSpec& dataset : config.datasets) datasets_.add(dataset.slug);
    for (std::size_t i = 0; i < config.tasks.size(); ++i) {
      // A task's default name hangs on its evaluator.
      const bool faulty = faults.has(fmt::format("tasks[{}].evaluator", i)) ||
                          faults.has(fmt::format("tasks[{}].name", i));
      tasks_.add(faulty ? std::string_view() : std::string_view(config.tasks[i].name));
    }
  }

  void run() {
    unique("models", "name", models_);
    unique("datasets", "slug", datasets_);
    unique("tasks", "name", tasks_);
    for (std::size_t i = 0; i < config_.datasets.size(); ++i) columns(i);
    for (std::size_t i = 0; i < config_.tasks.size(); ++i) {
      references(i, "models", config_.tasks[i].models, models_);
      references(i, "datasets", config_.tasks[i].datasets, datasets_);
      backends(i);
      words(i);
      formats(i);
      max_tokens(i);
      labels(i);
      limits(i);
    }
    metrics();
    clusters();
    stop();
  }

 private:
  void unique(std::string_view list, std::string_view key, const Names& names) {
    for (std::size_t i = 0; i < names.all.size(); ++i) {
      const std::string_view name = names.all[i];
      if (name.empty() || names.first.at(name) == i) continue;
      faults_.add(place_of(root_, list, i, key), fmt::format("{}[{}].{}", list, i, key),
                  fmt::format("found {} twice, expected distinct names", name));
    }
  }

  // The place of tasks[task].<key>[index].
  [[nodiscard]] Place item_place(std::size_t task, std::string_view key, std::size_t index) const {
    const Node* const tasks = root_.find("tasks");
    const Node* const entry = tasks == nullptr ? nullptr : tasks->at(task);
    const Node* const list = entry == nullptr ? nullptr : entry->find(key);
    const Node* const item = list == nullptr ? nullptr : list->at(index);
    return item == nullptr ? place_of(root_, "tasks", task, key) : item->place;
  }

  // The place of tasks[task].sampling.<key>.
  [[nodiscard]] Place axis_place(std::size_t task, std::string_view key) const {
    const Node* const tasks = root_.find("tasks");
    const Node* const entry = tasks == nullptr ? nullptr : tasks->at(task);
    const Node* const sampling = entry == nullptr ? nullptr : entry->find("sampling");
    const Node* const axis = sampling == nullptr ? nullptr : sampling->find(key);
    return axis == nullptr ? place_of(root_, "tasks", task, "sampling") : axis->place;
  }

  void references(std::size_t task, std::string_view key, std::span<const std::string> wanted,
                  const Names& defined) {
    // An element whose name is faulty could be the one that is meant.
    if (defined.all.empty() || defined.first.contains("")) return;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (defined.first.contains(wanted[i])) continue;
      faults_.add(
          item_place(task, key, i), fmt::format("tasks[{}].{}[{}]", task, key, i),
          fmt::format("found {}, expected one of {}", wanted[i], joined_words(defined.all)));
    }
  }

  void backends(std::size_t task) {
    const TaskSpec& entry = config_.tasks[task];
    if (faults_.has(fmt::format("tasks[{}].evaluator", task))) return;
    const ModelKind wanted = model_kind(entry.evaluator);
    const auto backend = [](ModelKind kind) {
      return kind == ModelKind::tensor ? "torchscript" : "replay";
    };
    for (std::size_t i = 0; i < entry.models.size(); ++i) {
      const auto model = models_.first.find(entry.models[i]);
      if (model == models_.first.end()) continue;
      const ModelKind kind = model_kind(config_.models[model->second].backend);
      if (kind == wanted) continue;
      if (faults_.has(fmt::format("models[{}].backend", model->second))) continue;
      faults_.add(
          item_place(task, "models", i), fmt::format("tasks[{}].models[{}]", task, i),
          fmt::format("found {} with backend {}, expected backend {} for {}", entry.models[i],
                      backend(kind), backend(wanted), evaluator_name(entry.evaluator)));
    }
  }

  // Which words fit hangs on the evaluator; that there may be none at all is a condition of the
  // key.
  void words(std::size_t task) {
    const TaskSpec& entry = config_.tasks[task];
    if (faults_.has(fmt::format("tasks[{}].evaluator", task))) return;
    word(task, "extractor", entry.extractor, extractor_words(entry.evaluator));
    word(task, "comparator", entry.comparator, comparator_words(entry.evaluator));
  }

  void word(std::size_t task, std::string_view key, const std::string& found,
            const std::vector<std::string_view>& fitting) {
    if (found.empty() || fitting.empty()) return;
    if (std::find(fitting.begin(), fitting.end(), found) != fitting.end()) return;
    faults_.add(place_of(root_, "tasks", task, key), fmt::format("tasks[{}].{}", task, key),
                fmt::format("found {} with {}, expected {}", found,
                            evaluator_name(config_.tasks[task].evaluator), one_of_words(fitting)));
  }

  // The table of MMLU has its columns, and no names for them.
  void columns(std::size_t dataset) {
    const DatasetSpec& spec = config_.datasets[dataset];
    if (faults_.has(fmt::format("datasets[{}].format", dataset))) return;
    if (spec.format != DatasetFormat::mmlu || !is_mmlu_csv(spec)) return;
    const auto refuse = [&](std::string_view key, const std::string& found) {
      if (found.empty()) return;
      faults_.add(place_of(root_, "datasets", dataset, key),
                  fmt::format("datasets[{}].{}", dataset, key),
                  fmt::format("found {}, expected none: an mmlu table has the columns question, A, "
                              "B, C, D and letter",
                              found));
    };
    refuse("id", spec.id);
    refuse("input", spec.input);
    refuse("target", spec.target);
    refuse("group_by", spec.group_by);
  }

  // Without what its scorer reads of a doc nothing could be scored, or everything would be wrong.
  void formats(std::size_t task) {
    const TaskSpec& entry = config_.tasks[task];
    if (faults_.has(fmt::format("tasks[{}].evaluator", task))) return;
    const std::vector<FormatWord>& fitting = fitting_formats(entry.evaluator);
    if (fitting.empty()) return;
    std::vector<std::string_view> words;
    for (const FormatWord& each : fitting) words.push_back(each.word);
    for (std::size_t i = 0; i < entry.datasets.size(); ++i) {
      const auto dataset = datasets_.first.find(entry.datasets[i]);
      if (dataset == datasets_.first.end()) continue;
      if (faults_.has(fmt::format("datasets[{}].format", dataset->second))) continue;
      const DatasetFormat format = config_.datasets[dataset->second].format;
      const auto fits = [&](const FormatWord& each) { return each.format == format; };
      if (std::any_of(fitting.begin(), fitting.end(), fits)) continue;
      faults_.add(item_place(task, "datasets", i), fmt::format("tasks[{}].datasets[{}]", task, i),
                  fmt::format("found {}, expected one with format {} for {}", entry.datasets[i],
                              one_of_words(words), evaluator_name(entry.evaluator)));
    }
  }

  // What ends in a task's identity must mean something there: classify generates no tokens.
  void max_tokens(std::size_t task) {
    const TaskSpec& entry = config_.tasks[task];
    if (faults_.has(fmt::format("tasks[{}].evaluator", task))) return;
    if (entry.evaluator != Evaluator::classify) return;
    for (const std::uint32_t found : entry.sampling.max_tokens.values) {
      if (found == 0) continue;
      faults_.add(axis_place(task, "max_tokens"),
                  fmt::format("tasks[{}].sampling.max_tokens", task),
                  fmt::format("found {}, expected 0: classify generates no tokens", found));
      return;
    }
  }

  // What was recorded does not change with these axes: a sweep over one would publish the same
  // figures once per value, each under another label.
  void labels(std::size_t task) {
    const TaskSpec& entry = config_.tasks[task];
    const auto replayed =
        std::find_if(entry.models.begin(), entry.models.end(), [&](const std::string& name) {
          const auto model = models_.first.find(name);
          return model != models_.first.end() &&
                 !faults_.has(fmt::format("models[{}].backend", model->second)) &&
                 config_.models[model->second].backend == ModelBackend::replay;
        });
    if (replayed == entry.models.end()) return;
    const auto one_value = [&](std::string_view key, std::size_t values) {
      if (values > 1)
        faults_.add(axis_place(task, key), fmt::format("tasks[{}].sampling.{}", task, key),
                    fmt::format("found {} values, expected one: {} replays what was recorded",
                                values, *replayed));
    };
    one_value("temperature", entry.sampling.temperature.values.size());
    one_value("top_p", entry.sampling.top_p.values.size());
    one_value("max_tokens", entry.sampling.max_tokens.values.size());
  }

  // An external scorer is trusted: nothing but its answers is bounded.
  void limits(std::size_t task) {
    if (faults_.has(fmt::format("tasks[{}].evaluator", task))) return;
    if (config_.tasks[task].evaluator != Evaluator::external) return;
    const Node* const tasks = root_.find("tasks");
    const Node* const entry = tasks == nullptr ? nullptr : tasks->at(task);
    const Node* const limits = entry == nullptr ? nullptr : entry->find("limits");
    if (limits == nullptr) return;
    for (const std::string_view key : {"cpu", "memory", "processes", "scratch"}) {
      const Node* const value = limits->find(key);
      if (value == nullptr) continue;
      faults_.add(value->place, fmt::format("tasks[{}].limits.{}", task, key),
                  fmt::format("found {} with external, expected only wall and output", key));
    }
  }

  void metrics() {
    std::uint32_t most = 1;
    for (std::size_t i = 0; i < config_.tasks.size(); ++i) {
      for (const std::uint32_t repeats : config_.tasks[i].sampling.repeats.values)
        most = std::max(most, repeats);
    }
    for (std::size_t i = 0; i < config_.metrics.size(); ++i) {
      const auto metric = parse_metric(config_.metrics[i]);
      if (metric && metric->k > most)
        metric_fault(i, fmt::format("{}: found repeats {}, expected at least {}",
                                    config_.metrics[i], most, metric->k));
      if (!metric) continue;
      if (metric->kind == MetricKind::any_at && metric->k <= most) any_at(i, metric->k);
      if (!metric->column.empty()) column(i, metric->column);
      if (!metric->divisor.empty() && metric->divisor != metric->column) column(i, metric->divisor);
    }
  }

  // any@K is defined where there are exactly K draws.
  void any_at(std::size_t metric, std::uint32_t k) {
    for (const TaskSpec& entry : config_.tasks) {
      const auto& repeats = entry.sampling.repeats.values;
      if (std::find(repeats.begin(), repeats.end(), k) != repeats.end()) return;
    }
    metric_fault(metric, fmt::format("{}: found no task with repeats {}, expected one",
                                     config_.metrics[metric], k));
  }

  // A column that no record will have would only be a figure that is never there.
  void column(std::size_t metric, std::string_view wanted) {
    std::vector<std::string> known;
    for (std::size_t i = 0; i < config_.tasks.size(); ++i) {
      if (faults_.has(fmt::format("tasks[{}].evaluator", i))) return;
      for (const std::string& each : metric_columns(config_.tasks[i])) {
        if (each == wanted) return;
        if (std::find(known.begin(), known.end(), each) == known.end()) known.push_back(each);
      }
    }
    metric_fault(
        metric,
        fmt::format("{}: found column {}, expected {}", config_.metrics[metric], wanted,
                    known.empty() ? "none: no evaluator of the run has any" : one_of_words(known)));
  }

  // Errors over groups of docs need the groups, and Wilson's interval needs independent docs.
  void clusters() {
    if (config_.statistics.cluster != ClusterBy::group) return;
    for (std::size_t i = 0; i < config_.datasets.size(); ++i) {
      if (!config_.datasets[i].group_by.empty()) continue;
      faults_.add(place_of(root_, "datasets", i, "group_by"),
                  fmt::format("datasets[{}].group_by", i),
                  "found none, expected a column or key: statistics.cluster is group");
    }
    if (config_.statistics.interval != IntervalKind::wilson) return;
    const Node* const statistics = root_.find("statistics");
    const Node* const interval = statistics == nullptr ? nullptr : statistics->find("interval");
    faults_.add(interval == nullptr ? root_.place : interval->place, "statistics.interval",
                "found wilson, expected auto, t or bootstrap: statistics.cluster is group");
  }

  void metric_fault(std::size_t metric, std::string message) {
    const Node* const list = root_.find("metrics");
    const Node* const item = list == nullptr ? nullptr : list->at(metric);
    faults_.add(item == nullptr ? root_.place : item->place, fmt::format("metrics[{}]", metric),
                std::move(message));
  }

  void stop() {
    if (faults_.has("resources.time") || faults_.has("slurm.stop")) return;
    const auto problem = stop_problem(config_.resources, config_.slurm);
    if (!problem) return;
    const Node* const resources = root_.find("resources");
    const Node* const time = resources == nullptr ? nullptr : resources->find("time");
    faults_.add(time == nullptr ? root_.place : time->place, "resources.time", *problem);
  }

  const RunConfig& config_;
  const Node& root_;
  Faults& faults_;
  Names models_;
  Names datasets_;
  Names tasks_;
};

}  // namespace

std::optional<std::string> stop_problem(const ResourcesSpec& resources, const SlurmSpec& slurm) {
  const auto least = slurm.stop + kSlurmEarly;
  if (resources.time.count() == 0 || resources.time >= least) return std::nullopt;
  return fmt::format(
      "found {}, expected at least slurm.stop {} and {} more, which Slurm may be early",
      time_limit_text(resources.time), duration_text(slurm.stop), duration_text(kSlurmEarly));
}

void check_config(const RunConfig& config, const Node& root, Faults& faults) {
  Checker(config, root, faults).run();
}

}  // namespace tally
