#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/dataset/dataset.hpp"
#include "core/plan/plan.hpp"
#include "core/shard/record.hpp"
#include "worker/generator.hpp"

namespace tally::worker {

/// The verdict on one completion.
struct Score {
  Outcome outcome = Outcome::invalid;  ///< scored, no_answer, timeout, infra_error or invalid.
  double value = 0.0;                  ///< For scored; in [0, 1] for accuracies.
  std::string answer;                  ///< What was extracted or predicted.
  std::string explanation;             ///< For outcomes other than scored.
  std::vector<float> metrics;          ///< In the order of metric_names().
};

/// Scores one completion. A pure function of its arguments: no clock, no I/O, no state that a call
/// changes; safe from several threads.
class Scorer {
 public:
  virtual ~Scorer() = default;
  Scorer() = default;
  Scorer(const Scorer&) = delete;
  Scorer& operator=(const Scorer&) = delete;
  /// Extra metric columns: [a-z][a-z0-9_]{0,62}.
  [[nodiscard]] virtual std::vector<std::string> metric_names() const { return {}; }
  [[nodiscard]] virtual Score score(const Task& task, const Doc& doc, const Completion& completion,
                                    ItemRandom& random) const = 0;
};

/// The scorer of one entry of `tasks`. Throws Error(config) for a name nobody registered.
[[nodiscard]] std::unique_ptr<Scorer> make_scorer(const TaskSpec& entry);

}  // namespace tally::worker
