#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "aggregator/metrics/statistics.hpp"

// Comparing two columns of doc values, and how much data a comparison needs. Formulas and sources:
// docs/metrics.md#comparisons. Pure functions, thread-safe.

namespace tally::aggregator {

/// The mean difference of two columns over the same docs.
struct PairedDifference {
  double difference = 0.0;               ///< mean(a) - mean(b).
  std::optional<double> standard_error;  ///< Of the mean of a[i] - b[i]; absent for one doc.
  std::optional<Bounds> ci95;            ///< difference +- t(0.975, docs - 1) * standard_error.
  std::uint64_t docs = 0;
};

/// `a[i]` and `b[i]` are the values of the same doc, joined by the caller.
/// Preconditions: equal lengths, not empty.
[[nodiscard]] PairedDifference paired_difference(std::span<const double> a,
                                                 std::span<const double> b);

/// McNemar's test of whether two classifiers are right equally often.
struct McNemar {
  std::uint64_t only_a = 0;  ///< Docs that a alone has right.
  std::uint64_t only_b = 0;
  double p = 1.0;  ///< Two-sided, exact: twice the smaller binomial tail at 1/2, at most 1.
};

/// p is 1 when no doc differs. O(docs that differ).
[[nodiscard]] McNemar mcnemar(std::uint64_t only_a, std::uint64_t only_b);

/// What a paired comparison of A and B is to find, and how noisy it is (Miller 2024).
struct PowerInputs {
  double between_docs = 0.0;  ///< Variance over docs of the difference of the doc's true means.
  double within_a = 0.0;      ///< Mean over docs of the variance of A's draws.
  double within_b = 0.0;
  std::uint32_t repeats_a = 1;  ///< Draws of A per doc.
  std::uint32_t repeats_b = 1;
  double alpha = 0.05;  ///< Two-sided level, in (0, 1).
  double power = 0.8;   ///< In (0, 1).
};

/// Docs that find a difference of `delta`: the least integer D with
/// D >= (z_{alpha/2} + z_beta)^2 (between + within_a / repeats_a + within_b / repeats_b) / delta^2.
/// nullopt when it is 2^63 or more. Preconditions: delta > 0, variances >= 0, repeats >= 1.
[[nodiscard]] std::optional<std::uint64_t> required_docs(const PowerInputs& inputs, double delta);

/// The difference that `docs` docs find at alpha 0.05 (two-sided) with power 0.8, given the
/// variance over docs of the differences, draws included. Precondition: docs >= 1.
[[nodiscard]] double detectable_effect(double variance_of_differences, std::uint64_t docs);

/// The quantile of the standard normal, to 1e-12. Precondition: 0 < probability < 1.
[[nodiscard]] double normal_quantile(double probability);

}  // namespace tally::aggregator
