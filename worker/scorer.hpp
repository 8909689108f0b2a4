#pragma once
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/random.hpp"
#include "core/dataset/dataset.hpp"
#include "core/plan/plan.hpp"
#include "core/shard/record.hpp"
#include "worker/generator.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// The verdict on one completion.
struct Score {
  Outcome outcome = Outcome::invalid;  ///< scored, no_answer, timeout, infra_error or invalid.
  double value = 0.0;                  ///< For scored; in [0, 1] for accuracies.
  std::string answer;                  ///< What was extracted or predicted.
  std::string explanation;             ///< Why there is no score, or why it is not a full one.
  std::vector<float> metrics;          ///< In the order of metric_names(); empty: NaN for all.
  float seconds = 0.0F;                ///< Wall time that scoring took, where it runs programs.
  bool abandoned = false;              ///< Stopped before there was a verdict: nothing is recorded.
};

/// The score of a completion that gets no value: why, in an outcome and in words.
[[nodiscard]] inline Score unscored(Outcome outcome, std::string explanation) {
  Score score;
  score.outcome = outcome;
  score.explanation = std::move(explanation);
  return score;
}

/// What a scorer is made from. Everything outlives it.
struct ScorerContext {
  const TaskSpec& entry;
  const StopFlag& stop;  ///< Looked at by scorers that may take long: see Score::abandoned.
};

/// Scores one completion. The score is a function of task, doc, completion and random numbers
/// alone, also where programs are run to find it. Used from one thread.
class Scorer {
 public:
  virtual ~Scorer() = default;
  Scorer() = default;
  Scorer(const Scorer&) = delete;
  Scorer& operator=(const Scorer&) = delete;
  /// Cheap check without side effects, before any item runs: programs are there, the sandbox holds.
  /// Throws Error(missing | unavailable).
  virtual void probe() {}
  /// Extra metric columns: [a-z][a-z0-9_]{0,62}.
  [[nodiscard]] virtual std::vector<std::string> metric_names() const { return {}; }
  [[nodiscard]] virtual Score score(const Task& task, const Doc& doc, const Completion& completion,
                                    ItemRandom& random) const = 0;
};

/// The scorer of one entry of `tasks`.
[[nodiscard]] std::unique_ptr<Scorer> make_scorer(const ScorerContext& context);

// One per line of core/config/evaluators.def, each defined beside its scorer.
#define TALLY_EVALUATOR(name, kind, columns) \
  [[nodiscard]] std::unique_ptr<Scorer> make_##name(const ScorerContext& context);
#include "core/config/evaluators.def"
#undef TALLY_EVALUATOR

}  // namespace tally::worker
