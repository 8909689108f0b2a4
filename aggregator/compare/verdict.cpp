#include "aggregator/compare/verdict.hpp"

#include <fmt/format.h>

#include <cmath>

namespace tally::aggregator {

std::string_view verdict_name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::inconclusive:
      break;
  }
  return "inconclusive";
}

Judgement judge_minimum(std::optional<double> figure, double minimum, double noise) {
  if (!figure || !std::isfinite(*figure)) return {Verdict::inconclusive, "the figure is undefined"};
  if (*figure >= minimum - noise)
    return {Verdict::pass, fmt::format("{:.6g} reaches {:.6g}", *figure, minimum)};
  return {Verdict::fail, fmt::format("{:.6g} is below {:.6g}", *figure, minimum)};
}

Judgement judge_maximum(std::optional<double> figure, double maximum, double noise) {
  if (!figure || !std::isfinite(*figure)) return {Verdict::inconclusive, "the figure is undefined"};
  if (*figure <= maximum + noise)
    return {Verdict::pass, fmt::format("{:.6g} is within {:.6g}", *figure, maximum)};
  return {Verdict::fail, fmt::format("{:.6g} exceeds {:.6g}", *figure, maximum)};
}

Judgement judge_drop(double gain, double limit, double noise) {
  if (!std::isfinite(gain)) return {Verdict::inconclusive, "the difference is undefined"};
  if (gain >= 0.0) return {Verdict::pass, "no drop"};
  if (-gain <= limit + noise)
    return {Verdict::pass, fmt::format("a drop of {:.6g} is within {:.6g}", -gain, limit)};
  return {Verdict::fail, fmt::format("a drop of {:.6g} exceeds {:.6g}", -gain, limit)};
}

Judgement judge_interval(const PairedDifference& gain, double margin, double noise) {
  if (!gain.ci95 || !std::isfinite(gain.ci95->low) || !std::isfinite(gain.ci95->high))
    return {Verdict::inconclusive,
            fmt::format("no interval over {} doc{}", gain.docs, gain.docs == 1 ? "" : "s")};
  const std::string bound = margin > 0.0 ? fmt::format("{:.6g}", -margin) : "0";
  if (gain.ci95->low >= -margin - noise)
    return {Verdict::pass, fmt::format("B is not worse: the interval is at or above {}", bound)};
  if (gain.ci95->high < -margin - noise)
    return {Verdict::fail, fmt::format("B is worse: the interval is below {}", bound)};
  return {Verdict::inconclusive,
          fmt::format("the interval contains {}: too few docs to say", bound)};
}

PairedDifference negated(const PairedDifference& difference) {
  PairedDifference other = difference;
  other.difference = 0.0 - difference.difference;  // not -0
  if (difference.ci95) other.ci95 = Bounds{0.0 - difference.ci95->high, 0.0 - difference.ci95->low};
  return other;
}

}  // namespace tally::aggregator
