#pragma once
#include <string>

#include "worker/scorer.hpp"
#include "worker/scorers/comparators.hpp"
#include "worker/scorers/extractors.hpp"

namespace tally::worker {

/// Extractor, then comparator. `scored` with 1 or 0 and the normalised answer; `no_answer` when
/// nothing could be extracted, which an empty completion always is; `invalid` when the extractor
/// ran into its limits or the target is none the comparator can compare with.
class FreeResponse : public Scorer {
 public:
  /// An empty name means `exact`. Throws Error(config) for an unknown one.
  FreeResponse(const std::string& extractor, const std::string& comparator);
  [[nodiscard]] Score score(const Task& task, const Doc& doc, const Completion& completion,
                            ItemRandom& random) const override;

 private:
  std::string extractor_name_;
  Extractor extractor_;
  const Comparator* comparator_;
};

}  // namespace tally::worker
