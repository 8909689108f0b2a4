#pragma once
#include <string>
#include <vector>

#include "worker/scorer.hpp"
#include "worker/scorers/extractors.hpp"

namespace tally::worker {

/// Which choice a model takes, and whether it is the target, a letter.
///
/// By letter: an extractor finds it in the completion. `no_answer` where there is none, and where
/// it lies beyond the choices. By log-likelihood: the largest of Completion::loglikelihoods, the
/// lowest choice of equal ones. `invalid` where the completion has none, or not one per choice,
/// where one is NaN or +inf, and where all are -inf. Columns acc_norm, acc_bytes and ties are of
/// log-likelihoods alone. docs/metrics.md#multiple-choice.
class MultiChoice : public Scorer {
 public:
  /// `loglikelihood`, or an extractor of letters. Throws Error(config) for another name.
  explicit MultiChoice(std::string extractor);
  [[nodiscard]] std::vector<std::string> metric_names() const override;
  [[nodiscard]] Score score(const Task& task, const Doc& doc, const Completion& completion,
                            ItemRandom& random) const override;

 private:
  [[nodiscard]] Score by_letter(std::string_view text, std::size_t choices, std::size_t gold) const;

  std::string name_;
  Extractor extractor_ = nullptr;  // none: by log-likelihood
};

}  // namespace tally::worker
