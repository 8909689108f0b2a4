#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aggregator/metrics/statistics.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// A run with its published results, every byte of them verified.
struct PublishedRun {
  std::filesystem::path root;     ///< As given.
  std::filesystem::path results;  ///< The set that `results/current` named when it was opened.
  Plan plan;
  bool complete = false;                    ///< As the manifest says: every item is counted.
  std::string code_version;                 ///< Of the aggregator.
  std::uint64_t conflicts = 0;              ///< Items whose counted records differ.
  std::vector<std::string> metric_columns;  ///< In results.h5.
  [[nodiscard]] std::filesystem::path rows() const { return results / "results.h5"; }
};

/// Opens `root` and checks, in order: there is a plan and a published set of results; every file
/// of the set is as SHA256SUMS says, and the set is named after that; manifest and results.h5 are
/// of this plan; no shard came after the set was made.
/// Throws Error(missing) saying to run `aggregate` when nothing is published or shards came after,
/// Error(data) for anything damaged, of another plan or of a newer version.
[[nodiscard]] PublishedRun open_published_run(const std::filesystem::path& root);

/// What score_index.jsonl says of one task.
struct TaskRow {
  std::string task_id;
  std::map<std::string, double> metrics;  ///< Undefined ones are absent.
  std::map<std::string, Bounds> ci95;
  std::map<std::string, std::uint64_t> metric_draws;  ///< Of figures over metric columns.
  std::uint64_t expected = 0;
  std::uint64_t counted = 0;
  [[nodiscard]] bool complete() const noexcept { return counted == expected; }
};

/// Visits the row of each task in order. Throws Error(data) when the rows are not those of the
/// plan's tasks.
void read_score_index(const PublishedRun& run,
                      const std::function<void(const Task&, const TaskRow&)>& take);

}  // namespace tally::aggregator
