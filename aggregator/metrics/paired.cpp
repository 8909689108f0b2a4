#include "aggregator/metrics/paired.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace tally::aggregator {
namespace {

constexpr double kAlpha = 0.05;
constexpr double kPower = 0.8;

/// z_{alpha/2} + z_beta: how many standard errors away a difference must be.
double errors_apart(double alpha, double power) {
  return normal_quantile(1 - alpha / 2) + normal_quantile(power);
}

/// P(X <= k) of a binomial of n fair throws, k <= n / 2.
double lower_tail(std::uint64_t n, std::uint64_t k) {
  // C(n, k) / 2^n, halved on the way so that it neither overflows nor underflows early.
  double term = 1.0;
  std::uint64_t halvings = n;
  for (std::uint64_t i = 1; i <= k; ++i) {
    term *= static_cast<double>(n - k + i) / static_cast<double>(i);
    for (; term > 1.0 && halvings > 0; --halvings) term /= 2;
  }
  constexpr std::uint64_t kBeyond = 5000;  // 2^-5000 is 0
  term = std::ldexp(term, -static_cast<int>(std::min(halvings, kBeyond)));
  double sum = term;
  for (std::uint64_t i = k; i > 0 && term > sum * 1e-18; --i) {
    term *= static_cast<double>(i) / static_cast<double>(n - i + 1);
    sum += term;
  }
  return sum;
}

}  // namespace

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b) {
  assert(a.size() == b.size() && !a.empty());
  Moments differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.add(a[i] - b[i]);
  return {*differences.mean(), differences.standard_error(), differences.t_interval(), a.size()};
}

McNemar mcnemar(std::uint64_t only_a, std::uint64_t only_b) {
  const double tail = lower_tail(only_a + only_b, std::min(only_a, only_b));
  return {only_a, only_b, std::min(1.0, 2 * tail)};
}

std::optional<std::uint64_t> required_docs(const PowerInputs& inputs, double delta) {
  const double apart = errors_apart(inputs.alpha, inputs.power);
  const double variance =
      inputs.between_docs + inputs.within_a / inputs.repeats_a + inputs.within_b / inputs.repeats_b;
  const double docs = std::ceil(apart * apart * variance / (delta * delta));
  constexpr double kMost = 0x1p63;
  if (!(docs < kMost)) return std::nullopt;
  return static_cast<std::uint64_t>(docs);
}

double detectable_effect(double variance_of_differences, std::uint64_t docs) {
  return errors_apart(kAlpha, kPower) *
         std::sqrt(variance_of_differences / static_cast<double>(docs));
}

double normal_quantile(double probability) {
  assert(probability > 0.0 && probability < 1.0);
  // In the lower half, where erfc keeps its digits.
  const double p = std::min(probability, 1 - probability);
  double low = -40.0;
  double high = 0.0;
  for (int step = 0; step < 80; ++step) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < p ? low : high) = middle;
  }
  // To 1e-12, as the t quantiles: the digits beyond are the math library's.
  const double quantile = std::round((low + high) / 2 * 1e12) / 1e12;
  return probability < 0.5 ? quantile : -quantile;
}

}  // namespace tally::aggregator
