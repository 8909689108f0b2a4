#include "aggregator/metrics/breakdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/patterns.hpp"

namespace tally::aggregator {
namespace {

/// Whether the figure is of how docs spread: no mean over them, and none over groups.
bool is_of_spread(const std::string& name) {
  const auto metric = parse_metric(name);
  return metric && (metric->kind == MetricKind::median || metric->kind == MetricKind::stddev ||
                    metric->kind == MetricKind::min || metric->kind == MetricKind::max);
}

MetricOverGroups over_groups(const std::string& name, const std::vector<GroupFigures>& groups) {
  MetricOverGroups found{name, {}, {}, {}};
  if (is_of_spread(name)) {
    found.why_not = "a mean of it is not the figure of all docs";
    return found;
  }
  std::vector<GroupValue> values;
  std::size_t without = 0;
  for (const GroupFigures& group : groups) {
    const auto metric = std::ranges::find(group.metrics, name, &Estimate::name);
    if (metric != group.metrics.end()) {
      values.push_back({metric->value, metric->standard_error, metric->docs, metric->denominator});
    } else if (++without == 1) {
      found.why_not = fmt::format("{}: {}", group.name,
                                  group.counts.counted() == 0 ? "nothing counted" : "undefined");
    }
  }
  if (without > 1) found.why_not += fmt::format(" (and {} more groups)", without - 1);
  if (without > 0 || values.empty()) return found;
  found.micro = values.front().denominator ? micro_ratio(values) : micro_mean(values);
  found.macro = macro_mean(values);
  return found;
}

}  // namespace

std::uint64_t Counts::counted() const noexcept {
  return of(Outcome::scored) + of(Outcome::no_answer) + of(Outcome::timeout);
}

std::uint64_t Counts::errors() const noexcept {
  return of(Outcome::generation_error) + of(Outcome::infra_error) + of(Outcome::invalid);
}

std::optional<double> Counts::truncation_rate() const noexcept {
  const std::uint64_t records = expected - missing;
  if (records == 0 || ends_known == 0 || ends_silent > 0) return std::nullopt;
  return static_cast<double>(truncated) / static_cast<double>(records);
}

void Counts::add(const Counts& other) noexcept {
  expected += other.expected;
  for (std::size_t i = 0; i < kOutcomes; ++i) outcomes[i] += other.outcomes[i];
  missing += other.missing;
  truncated += other.truncated;
  ends_known += other.ends_known;
  ends_silent += other.ends_silent;
}

void add_means(Breakdown& breakdown, const std::vector<std::string>& metric_names) {
  for (const std::string& name : metric_names)
    breakdown.metrics.push_back(over_groups(name, breakdown.groups));
}

}  // namespace tally::aggregator
