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

double bisected_quantile(std::uint64_t degrees) {
  double low = 1.9;
  double high = 13.0;  // 12.7062 for one degree of freedom
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (t_central_probability(middle, degrees) < 0.95 ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// From the expansion, which is within 1e-6 from 30 degrees on, by the secant method.
double refined_quantile(std::uint64_t degrees) {
  double before = t_expansion(static_cast<double>(degrees));
  double now = before + 1e-6;
  double error_before = t_central_probability(before, degrees) - 0.95;
  for (int step = 0; step < 3; ++step) {
    const double error = t_central_probability(now, degrees) - 0.95;
    if (error == error_before) break;
    const double next = now - error * (now - before) / (error - error_before);
    before = now;
    error_before = error;
    now = next;
  }
  return now;
}

}  // namespace

void Moments::merge_block() noexcept {
  if (used_ == 0) return;
  const auto size = static_cast<double>(used_);
  double sum = 0.0;
  for (std::size_t i = 0; i < used_; ++i) sum += block_[i];
  const double mean = sum / size;
  double squares = 0.0;
  for (std::size_t i = 0; i < used_; ++i) squares += (block_[i] - mean) * (block_[i] - mean);
  const auto before = static_cast<double>(count_);
  const double between = mean - mean_;
  count_ += used_;
  used_ = 0;
  const double share = size / static_cast<double>(count_);
  mean_ += between * share;
  squares_ += squares + between * between * before * share;
  const double total = sum_ + sum;
  lost_ += std::abs(sum_) >= std::abs(sum) ? (sum_ - total) + sum : (sum - total) + sum_;
  sum_ = total;
}

Moments Moments::whole() const noexcept {
  Moments all = *this;
  all.merge_block();
  return all;
}

double Moments::sum() const noexcept {
  const Moments all = whole();
  return all.sum_ + all.lost_;
}

std::optional<double> Moments::mean() const noexcept {
  if (count() == 0) return std::nullopt;
  return sum() / static_cast<double>(count());
}

std::optional<double> Moments::variance() const noexcept {
  if (count() < 2) return std::nullopt;
  return whole().squares_ / static_cast<double>(count() - 1);
}

std::optional<double> Moments::deviation() const noexcept {
  if (count() == 0) return std::nullopt;
  return std::sqrt(whole().squares_ / static_cast<double>(count()));
}

std::optional<double> Moments::standard_error() const noexcept {
  const auto spread = variance();
  if (!spread) return std::nullopt;
  return std::sqrt(*spread / static_cast<double>(count()));
}

std::optional<Bounds> Moments::t_interval() const noexcept {
  const auto error = standard_error();
  if (!error) return std::nullopt;
  const double half = t_quantile_975(count() - 1) * *error;
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
  const double quantile = degrees < 30 ? bisected_quantile(degrees) : refined_quantile(degrees);
  // To 1e-12: beyond that the digits are the math library's, and the index's bytes must not be.
  return std::round(quantile * 1e12) / 1e12;
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
