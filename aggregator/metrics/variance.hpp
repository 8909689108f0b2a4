#pragma once
#include <optional>
#include <span>

#include "aggregator/metrics/statistics.hpp"

namespace tally::aggregator {

/// Where the noise of a mean over docs comes from (Miller 2024, arXiv 2411.00640): of D docs with K
/// draws each its variance is (between_docs + within_docs / K) / D. More draws shrink the second
/// part only.
struct VarianceParts {
  double between_docs = 0.0;  ///< Of the docs' true means; never below 0.
  double within_docs = 0.0;   ///< Mean over docs of the variance of a doc's draws.
};

/// Splits the variance of scores, doc by doc, with bounded state.
class VarianceSplit {
 public:
  /// The counted draws of one doc. Docs with fewer than two say nothing and are left out.
  void add(std::span<const double> draws) noexcept;
  /// within_docs: mean of the sample variances s_i^2 (n - 1). between_docs: the sample variance of
  /// the docs' means less mean(s_i^2 / n_i), at least 0. nullopt for fewer than two docs.
  [[nodiscard]] std::optional<VarianceParts> finish() const;

 private:
  Moments means_;
  Moments within_;
  Moments of_means_;  // s_i^2 / n_i
};

}  // namespace tally::aggregator
