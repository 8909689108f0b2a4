#include "aggregator/metrics/draws.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tally::aggregator {
namespace {

/// P(X = i) for i = first, first + 1, ...: everything that is possible.
struct Distribution {
  std::uint64_t first = 0;
  std::vector<double> probability;
  /// P(X >= i), added from the small end.
  [[nodiscard]] double at_least(std::uint64_t i) const {
    double sum = 0.0;
    for (std::uint64_t x = first + probability.size(); x-- > std::max(i, first);)
      sum += probability[x - first];
    return std::min(sum, 1.0);
  }
};

/// P(X = i + 1) / P(X = i).
double step(std::uint64_t n, std::uint64_t c, std::uint64_t k, std::uint64_t i) {
  return static_cast<double>(c - i) * static_cast<double>(k - i) /
         (static_cast<double>(i + 1) * static_cast<double>(n - c + i + 1 - k));
}

/// Relative to the most likely value and then normalised: nothing underflows that matters, and no
/// factorial is taken.
Distribution hypergeometric(std::uint64_t n, std::uint64_t c, std::uint64_t k) {
  Distribution found;
  found.first = k > n - c ? k - (n - c) : 0;
  const std::uint64_t last = std::min(c, k);
  const auto likely = static_cast<std::uint64_t>(
      static_cast<double>(k + 1) * static_cast<double>(c + 1) / static_cast<double>(n + 2));
  const std::uint64_t mode = std::clamp(likely, found.first, last) - found.first;
  std::vector<double>& weight = found.probability;
  weight.assign(last - found.first + 1, 0.0);
  weight[mode] = 1.0;
  for (std::uint64_t i = mode; i + 1 < weight.size(); ++i)
    weight[i + 1] = weight[i] * step(n, c, k, found.first + i);
  for (std::uint64_t i = mode; i > 0; --i)
    weight[i - 1] = weight[i] / step(n, c, k, found.first + i - 1);
  double total = 0.0;
  for (const double each : weight) total += each;
  for (double& each : weight) each /= total;
  return found;
}

}  // namespace

std::uint64_t correct_draws(std::span<const double> scores) noexcept {
  std::uint64_t correct = 0;
  for (const double score : scores) correct += score >= 1.0 ? 1 : 0;
  return correct;
}

std::optional<double> g_pass_at_k(std::uint64_t n, std::uint64_t c, std::uint64_t k, double tau) {
  if (n < k || k == 0) return std::nullopt;
  constexpr double kNoise = 1e-9;  // 0.07 * 100 is 7, not 7.000000000000001
  const double wanted = std::ceil(tau * static_cast<double>(k) - kNoise);
  const auto least = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::max(wanted, 0.0)));
  if (least > c) return 0.0;
  return hypergeometric(n, c, k).at_least(least);
}

std::optional<double> mg_pass_at_k(std::uint64_t n, std::uint64_t c, std::uint64_t k) {
  if (n < k || k < 2) return std::nullopt;
  const Distribution draws = hypergeometric(n, c, k);
  double tail = 0.0;
  double sum = 0.0;
  for (std::uint64_t i = k; i > (k + 1) / 2; --i) {
    if (i >= draws.first && i - draws.first < draws.probability.size())
      tail += draws.probability[i - draws.first];
    sum += tail;
  }
  return sum * 2 / static_cast<double>(k);
}

std::optional<double> median(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  if (sorted.size() % 2 == 1) return *middle;
  return (*std::max_element(sorted.begin(), middle) + *middle) / 2;
}

}  // namespace tally::aggregator
