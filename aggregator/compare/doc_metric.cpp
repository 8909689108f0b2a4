#include "aggregator/compare/doc_metric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "aggregator/metrics/metric.hpp"
#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

constexpr std::string_view kMean = "mean:";

/// K of "avg@K" when `name` starts with `prefix` and K is all that follows.
std::optional<std::uint64_t> draws_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  std::uint64_t k = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), k);
  if (failed != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return k;
}

std::optional<double> mean_of(std::span<const double> values) {
  Moments moments;
  for (const double value : values) moments.add(value);
  return moments.mean();
}

std::optional<double> finite_mean(std::span<const float> values) {
  Moments moments;
  for (const float value : values)
    if (std::isfinite(value)) moments.add(static_cast<double>(value));
  return moments.mean();
}

}  // namespace

void check_metric_name(std::string_view name, std::string_view option) {
  try {
    static_cast<void>(make_metric(name, {}));
  } catch (const Error& error) {
    const std::string what = error.what();
    const std::string key = "metrics: ";
    throw Error(Errc::usage, what.starts_with(key) ? what.substr(key.size()) : what,
                {{}, std::string(option), 0});
  }
}

DocMetric DocMetric::parse(std::string_view name, std::string_view option) {
  check_metric_name(name, option);
  DocMetric metric;
  metric.name_ = name;
  if (name == "accuracy") return metric;
  if (name.starts_with(kMean)) {
    metric.kind_ = Kind::column;
    metric.column_ = name.substr(kMean.size());
    return metric;
  }
  constexpr std::array<std::pair<std::string_view, Kind>, 3> kOfDraws{
      {{"avg@", Kind::mean}, {"pass@", Kind::pass}, {"pass^", Kind::pass_hat}}};
  for (const auto& [prefix, kind] : kOfDraws) {
    const auto k = draws_of(name, prefix);
    if (!k) continue;
    metric.kind_ = kind;
    metric.k_ = *k;
    return metric;
  }
  throw Error(Errc::usage,
              fmt::format("found \"{}\", expected a figure that each doc has by itself: "
                          "accuracy, avg@K, pass@K, pass^K or mean:COLUMN",
                          name),
              {{}, std::string(option), 0});
}

std::optional<double> DocMetric::of_doc(std::span<const double> scores,
                                        std::span<const float> column) const {
  if (kind_ == Kind::column) return finite_mean(column);
  if (kind_ == Kind::mean) return scores.size() < k_ ? std::nullopt : mean_of(scores);
  const auto right =
      static_cast<std::uint64_t>(std::ranges::count_if(scores, [](double s) { return s >= 1.0; }));
  return kind_ == Kind::pass ? pass_at_k(scores.size(), right, k_)
                             : pass_hat_k(scores.size(), right, k_);
}

}  // namespace tally::aggregator
