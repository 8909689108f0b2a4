#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/ids.hpp"
#include "core/base/interval_set.hpp"
#include "core/config/run_config.hpp"
#include "core/config/submit_spec.hpp"

// The plan lays all items on one line. Tasks are ordered model-major: for each model (config
// order), for each entry of `tasks` that names it, for each dataset of the entry, for each value of
// `repeats`, then the other axes by mixed radix (temperature slowest, the last param fastest).
// The tasks of one (model, entry, dataset, repeats) have equally many items and form a Segment:
// a plan is a few segments, whatever the size of the grid, and a task is decoded on demand.
// In a task: docs in dataset order, in each doc its repeats in order.

namespace tally {

/// A model as the plan froze it.
struct PlannedModel {
  ModelSpec spec;
  Digest digest;               ///< SHA-256 of weights or completions: `model_signature`.
  std::filesystem::path file;  ///< Absolute path of weights or completions.
};

/// A dataset as the plan froze it.
struct PlannedDataset {
  DatasetSpec spec;
  Digest digest;               ///< SHA-256 of the source's bytes.
  std::filesystem::path file;  ///< Absolute path.
  std::uint64_t docs = 0;      ///< After `rows` and --limit.
  Digest prompts;              ///< Of what the models are given: docs/formats.md#prompts.
};

/// Tasks that differ only in the axes other than repeats.
struct Segment {
  std::uint32_t model = 0;    ///< Index into Plan::models.
  std::uint32_t entry = 0;    ///< Index into Plan::entries.
  std::uint32_t dataset = 0;  ///< Index into Plan::datasets.
  std::uint32_t repeats = 1;
  std::uint64_t docs = 0;
  std::uint64_t tasks = 0;       ///< Product of the other axes' lengths.
  std::uint64_t first_task = 0;  ///< Task index of its first task.
  Ordinal first = 0;             ///< Ordinal of its first item.
  [[nodiscard]] std::uint64_t items_per_task() const noexcept { return docs * repeats; }
};

/// One task, decoded. Task index t owns ordinals [first, first + docs * repeats).
struct Task {
  std::uint64_t index = 0;
  Ordinal first = 0;
  std::uint64_t docs = 0;
  std::uint32_t repeats = 1;
  std::uint32_t model = 0, entry = 0, dataset = 0;
  double temperature = 0.0;
  double top_p = 1.0;
  std::uint32_t max_tokens = 0;
  std::vector<std::pair<std::string, Scalar>> params;
  [[nodiscard]] std::uint64_t items() const noexcept { return docs * repeats; }
  [[nodiscard]] Interval interval() const noexcept { return {first, first + items()}; }
};

/// One item, decoded: ordinal = task.first + doc * repeats + repeat.
struct Item {
  std::uint64_t task = 0;
  std::uint64_t doc = 0;  ///< Row of the dataset after `rows`, 0-based.
  std::uint32_t repeat = 0;
};

/// The frozen expansion of a run. Immutable after load or build; cheap to copy; thread-safe to
/// read. Format: docs/formats.md#plan.
class Plan {
 public:
  std::string run_id;
  std::string mode = "eval";
  std::uint64_t seed = 0;
  std::string created_at;    ///< RFC 3339, UTC, seconds; SOURCE_DATE_EPOCH is honoured.
  std::string code_version;  ///< Of the program that planned.
  std::uint64_t limit = 0;   ///< --limit; 0: none.
  std::vector<PlannedModel> models;
  std::vector<PlannedDataset> datasets;
  std::vector<TaskSpec> entries;  ///< The config's `tasks`.
  std::vector<std::string> metrics;
  StatisticsSpec statistics;
  SubmitSpec submit;
  RetrySpec retry;
  CommitSpec commit;

  [[nodiscard]] const std::vector<Segment>& segments() const noexcept { return segments_; }
  [[nodiscard]] std::uint64_t tasks() const noexcept { return tasks_; }
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }

  /// Precondition: index < tasks(). O(log segments + axes).
  [[nodiscard]] Task task(std::uint64_t index) const;
  /// Precondition: ordinal < items(). O(log segments).
  [[nodiscard]] Item item(Ordinal ordinal) const;
  [[nodiscard]] std::uint64_t task_of(Ordinal ordinal) const { return item(ordinal).task; }

  /// Canonical JSON of a task's identity: keys sorted, no spaces, shortest numbers. What it holds:
  /// docs/formats.md#task-id. Geometry, paths, limit and run id are not in it.
  [[nodiscard]] std::string task_json(const Task& task) const;
  /// First 16 hex digits of SHA-256(task_json).
  [[nodiscard]] std::string task_id(const Task& task) const;

  /// The bytes of plan.json: a function of the plan alone.
  [[nodiscard]] std::string json() const;
  [[nodiscard]] Digest digest() const;  ///< SHA-256 of json().

  /// Lays out segments from models, datasets and entries. Call once after filling the fields.
  /// Throws Error(config) when tasks or items overflow 2^62, or there are none.
  void lay_out();

 private:
  void lay_out_entry(std::uint32_t model, std::uint32_t entry);
  std::vector<Segment> segments_;
  std::uint64_t tasks_ = 0;
  std::uint64_t items_ = 0;
};

/// One JSON object, keys sorted: part of plan.json and of a task's identity.
[[nodiscard]] std::string limits_json(const LimitsSpec& limits);

/// Digests inputs, counts docs and lays out. `now` feeds created_at unless SOURCE_DATE_EPOCH is
/// set. Throws Error(missing) for an absent file, Error(data) for a digest that differs from the
/// config's or a dataset that does not parse, Error(config) for an empty selection.
[[nodiscard]] Plan build_plan(const RunConfig& config, std::uint64_t limit,
                              std::chrono::system_clock::time_point now);

/// Reads plan.json; verifies magic, version and structure.
/// Throws Error(missing), or Error(data) naming file and key: a newer version is refused.
[[nodiscard]] Plan load_plan(const std::filesystem::path& file);

}  // namespace tally
