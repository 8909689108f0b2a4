#pragma once
#include "worker/scorer.hpp"

namespace tally::worker {

/// Compares a predicted class with the target, a class number from 0.
///
/// Temperature 0: the class with the largest logit, the lowest of equal ones. Above 0: a draw from
/// softmax(logits / T) cut to its nucleus of mass top_p, by the item's random numbers alone.
/// Formulas: docs/metrics.md#classify. `invalid` when any logit is NaN, when the largest one is not
/// finite, when there are none, or when the target is no class of the model.
class Classify : public Scorer {
 public:
  /// confidence, nll: docs/metrics.md#metric-columns.
  [[nodiscard]] std::vector<std::string> metric_names() const override;
  [[nodiscard]] Score score(const Task& task, const Doc& doc, const Completion& completion,
                            ItemRandom& random) const override;
};

}  // namespace tally::worker
