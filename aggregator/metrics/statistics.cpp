#include "aggregator/metrics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tally::aggregator {
namespace {

constexpr double kNormal975 = 1.959963984540054;  // the 0.975 quantile of the standard normal

/// P(|T| < t) for an integer number of degrees of freedom: the finite sums A&S 26.7.3 and 26.7.4.
double t_central_probability(double t, std::uint64_t degrees) {
  const double angle = std::atan(t / std::sqrt(static_cast<double>(degrees)));
  const double cosine = std::cos(angle);
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1.0;
  double sum = degrees == 1 ? 0.0 : term;
  for (std::uint64_t i = odd ? 3 : 2; i + 2 <= degrees; i += 2) {
    const auto numerator = static_cast<double>(i - 1);
    term *= numerator / static_cast<double>(i) * cosine * cosine;
    sum += term;
  }
  if (!odd) return std::sin(angle) * sum;
  return 2.0 / std::numbers::pi * (angle + std::sin(angle) * sum);
}

/// Expansion around the normal quantile, A&S 26.7.5: exact to 1e-12 from 1000 degrees on.
double t_expansion(double degrees) {
  constexpr double z = kNormal975;
  constexpr double z2 = z * z;
  constexpr double g1 = z * (z2 + 1) / 4;
  constexpr double g2 = z * ((5 * z2 + 16) * z2 + 3) / 96;
  constexpr double g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
  constexpr double g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
  return z + (g1 + (g2 + (g3 + g4 / degrees) / degrees) / degrees) / degrees;
}

}  // namespace

void Moments::add(double value) noexcept {
  ++count_;
  const double before = value - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (value - mean_);
  const double sum = sum_ + value;
  lost_ += std::abs(sum_) >= std::abs(value) ? (sum_ - sum) + value : (value - sum) + sum_;
  sum_ = sum;
}

std::optional<double> Moments::mean() const noexcept {
  if (count_ == 0) return std::nullopt;
  return (sum_ + lost_) / static_cast<double>(count_);
}

std::optional<double> Moments::standard_error() const noexcept {
  if (count_ < 2) return std::nullopt;
  const auto n = static_cast<double>(count_);
  return std::sqrt(squares_ / (n - 1) / n);
}

std::optional<Bounds> Moments::t_interval() const noexcept {
  const auto error = standard_error();
  if (!error) return std::nullopt;
  const double half = t_quantile_975(count_ - 1) * *error;
  return Bounds{*mean() - half, *mean() + half};
}

std::optional<double> pass_at_k(std::uint64_t n, std::uint64_t c, std::uint64_t k) {
  if (n < k || k == 0) return std::nullopt;  // before the next test, which would call it certain
  if (n - c < k) return 1.0;
  const auto larger = static_cast<double>(std::max(c, k));
  double all_wrong = 1.0;
  for (std::uint64_t i = 0; i < std::min(c, k); ++i)
    all_wrong *= 1.0 - larger / static_cast<double>(n - i);
  return 1.0 - all_wrong;
}

std::optional<double> pass_hat_k(std::uint64_t n, std::uint64_t c, std::uint64_t k) {
  if (n < k || k == 0) return std::nullopt;
  if (c < k) return 0.0;
  double all_right = 1.0;
  for (std::uint64_t i = 0; i < k; ++i)
    all_right *= static_cast<double>(c - i) / static_cast<double>(n - i);
  return all_right;
}

double t_quantile_975(std::uint64_t degrees) {
  if (degrees >= 1000) return t_expansion(static_cast<double>(degrees));
  double low = 1.9;
  double high = 13.0;  // 12.7062 for one degree of freedom
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (t_central_probability(middle, degrees) < 0.95 ? low : high) = middle;
  }
  // To 1e-12: beyond that the digits are the math library's, and the index's bytes must not be.
  return std::round((low + high) / 2 * 1e12) / 1e12;
}

Bounds wilson_interval(double successes, double trials) {
  constexpr double z2 = kNormal975 * kNormal975;
  const double share = successes / trials;
  const double centre = share + z2 / (2 * trials);
  const double half =
      kNormal975 * std::sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials));
  const double scale = 1 + z2 / trials;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

}  // namespace tally::aggregator
