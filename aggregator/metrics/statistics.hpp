#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

// Estimators. Formulas, edge cases and sources: docs/metrics.md. Pure functions, thread-safe.

namespace tally::aggregator {

/// An interval of real numbers.
struct Bounds {
  double low = 0.0;
  double high = 0.0;
};

/// Mean and variance of a stream, in one pass and bounded state. Values gather in blocks; a block
/// has its mean and its squares about it, and blocks are merged without cancellation (Chan, Golub
/// and LeVeque 1979). The mean is a compensated sum (Neumaier 1974) over the count, so 85 right
/// answers of 100 are 0.85, not 0.8499999999999999.
class Moments {
 public:
  void add(double value) noexcept {
    block_[used_] = value;
    if (++used_ == block_.size()) merge_block();
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_ + used_; }
  [[nodiscard]] double sum() const noexcept;
  /// nullopt when nothing was added: no value is not 0.
  [[nodiscard]] std::optional<double> mean() const noexcept;
  /// Sample variance, sum (x - mean)^2 / (n - 1); nullopt for n < 2.
  [[nodiscard]] std::optional<double> variance() const noexcept;
  /// Population standard deviation, sqrt(sum (x - mean)^2 / n), as HELM's `stddev`; nullopt for
  /// n = 0.
  [[nodiscard]] std::optional<double> deviation() const noexcept;
  /// Standard error of the mean, sqrt(sum (x - mean)^2 / (n - 1) / n); nullopt for n < 2.
  [[nodiscard]] std::optional<double> standard_error() const noexcept;
  /// mean +- t(0.975, n - 1) * standard error; nullopt for n < 2.
  [[nodiscard]] std::optional<Bounds> t_interval() const noexcept;

 private:
  void merge_block() noexcept;
  /// With the values of the last block in.
  [[nodiscard]] Moments whole() const noexcept;

  std::array<double, 32> block_{};
  std::size_t used_ = 0;     // of block_
  std::uint64_t count_ = 0;  // of what is merged, as all below
  double mean_ = 0.0;        // for squares_ only
  double squares_ = 0.0;
  double sum_ = 0.0;
  double lost_ = 0.0;  // what rounding took from sum_
};

/// Unbiased pass@k of one doc, 1 - C(n-c, k) / C(n, k), in product form (Chen et al. 2021,
/// arXiv 2107.03374). `n` draws, `c` of them correct. nullopt when n < k or k = 0: with fewer draws
/// than k the quantity is undefined, never 1. Precondition: c <= n.
[[nodiscard]] std::optional<double> pass_at_k(std::uint64_t n, std::uint64_t c, std::uint64_t k);

/// Probability that k draws are all correct, C(c, k) / C(n, k). nullopt when n < k or k = 0.
/// Precondition: c <= n.
[[nodiscard]] std::optional<double> pass_hat_k(std::uint64_t n, std::uint64_t c, std::uint64_t k);

/// The 0.975 quantile of Student's t. Precondition: degrees >= 1.
/// Relative error below 1e-9 (Abramowitz & Stegun 26.7.3-5).
[[nodiscard]] double t_quantile_975(std::uint64_t degrees);

/// Wilson's 95 % interval of a proportion (Wilson 1927). Precondition: 0 < trials >= successes >=
/// 0.
[[nodiscard]] Bounds wilson_interval(double successes, double trials);

}  // namespace tally::aggregator
