#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/interval_set.hpp"
#include "core/dataset/dataset.hpp"
#include "core/plan/coverage.hpp"
#include "core/plan/plan.hpp"
#include "worker/chunk_source.hpp"
#include "worker/committer.hpp"
#include "worker/counters.hpp"
#include "worker/generator.hpp"
#include "worker/scorer.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// Where the runner gets its parts from; tests bring their own.
struct RunnerParts {
  std::function<std::unique_ptr<Generator>(std::uint32_t model)> generator;
  std::function<std::unique_ptr<Scorer>(const TaskSpec&)> scorer;
  std::function<std::vector<Doc>(const PlannedDataset&)> docs;
};

/// What a run reads and writes. Everything outlives the runner.
struct RunnerContext {
  const Plan& plan;
  const Coverage& before;  ///< Only next_attempt() is asked.
  Committer& committer;
  Counters& counters;
  const StopFlag& stop;
};

/// The one way every evaluator goes: probe, then chunks (generate, score, record), then commit.
///
/// An item's record is a function of plan, item and completion: not of the chunk or the batch it
/// came in. One generator is alive at a time; docs and scorers are kept. Used from one thread.
class Runner {
 public:
  Runner(RunnerContext context, RunnerParts parts);

  /// Probes the models and scorers that `work` needs. Throws what a probe throws.
  void probe(const IntervalSet& work);
  /// Runs chunks until there are no more or a stop is requested, which is looked at between
  /// batches. Throws what a generator or the committer throws; what was recorded before is with the
  /// committer.
  void run(ChunkSource& source);
  /// Commits everything. Throws Error(io).
  void on_complete();

 private:
  struct Scoring {  // of one entry of `tasks`
    std::unique_ptr<Scorer> scorer;
    std::size_t metrics = 0;
    std::size_t group = 0;
    bool probed = false;
  };
  void run_chunk(Interval chunk);
  void run_batch(const Task& task, Interval batch);
  /// Nothing when scoring was stopped before there was a verdict.
  [[nodiscard]] std::optional<Record> record(const Task& task, const Request& request,
                                             Completion completion);
  /// What is in records_ goes to the committer.
  void hand_over(const Task& task);
  void probe_scorer(std::uint32_t entry);
  Generator& generator(std::uint32_t model);
  const std::vector<Doc>& docs(std::uint32_t dataset);
  Scoring& scoring(std::uint32_t entry);

  RunnerContext context_;
  RunnerParts parts_;
  std::optional<std::uint32_t> model_;
  std::unique_ptr<Generator> generator_;
  std::vector<std::optional<std::vector<Doc>>> docs_;
  std::vector<Scoring> scorings_;
  std::vector<Request> requests_;  // kept for their memory
  std::vector<Record> records_;
};

}  // namespace tally::worker
