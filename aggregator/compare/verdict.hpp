#pragma once
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "aggregator/metrics/paired.hpp"

namespace tally::aggregator {

/// The value is the exit code of `gate` and `compare --strict`: never renumber.
enum class Verdict : int { pass = 0, fail = 1, inconclusive = 2 };

/// "pass", "fail", "inconclusive".
[[nodiscard]] std::string_view verdict_name(Verdict verdict) noexcept;

/// Of several: one that fails fails all, else one that is inconclusive makes all so.
[[nodiscard]] constexpr Verdict worst(Verdict a, Verdict b) noexcept {
  if (a == Verdict::fail || b == Verdict::fail) return Verdict::fail;
  return std::max(a, b);
}

/// A verdict with its reason, for people.
struct Judgement {
  Verdict verdict = Verdict::inconclusive;
  std::string reason;
};

/// Differences below this are noise of floating point, in favour of a pass.
inline constexpr double kNoise = 1e-12;

/// The noise of figures over metric columns of about this size. Columns are stored as f32, so that
/// what a scorer called 0.9 is a little less.
[[nodiscard]] inline double column_noise(double size) {
  constexpr double kStored = 1e-6;
  return std::max(kNoise, kStored * std::abs(size));
}

/// Whether a figure that is said to be a fraction lies outside of 0..1: that of a scorer with a
/// scale of its own. NaN: no.
[[nodiscard]] inline bool is_no_fraction(double figure) {
  return figure < -kNoise || figure > 1.0 + kNoise;
}

/// Whether `figure` reaches `minimum`. Absent or NaN: inconclusive.
[[nodiscard]] Judgement judge_minimum(std::optional<double> figure, double minimum,
                                      double noise = kNoise);

/// Whether `figure` does not exceed `maximum`. Absent or NaN: inconclusive.
[[nodiscard]] Judgement judge_maximum(std::optional<double> figure, double maximum,
                                      double noise = kNoise);

/// Whether a gain (positive: B is better) is no loss of more than `limit`: the point estimate
/// decides. NaN: inconclusive.
[[nodiscard]] Judgement judge_drop(double gain, double limit, double noise = kNoise);

/// Whether B is not worse than A by more than `margin`. `gain`: B - A, negated where less is
/// better. pass: all of the 95 % interval is at or above -margin; fail: all of it is below; else
/// inconclusive, as without an interval.
[[nodiscard]] Judgement judge_interval(const PairedDifference& gain, double margin,
                                       double noise = kNoise);

/// The same difference seen the other way round.
[[nodiscard]] PairedDifference negated(const PairedDifference& difference);

}  // namespace tally::aggregator
