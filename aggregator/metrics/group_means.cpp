#include "aggregator/metrics/group_means.hpp"

#include <cassert>
#include <cmath>

namespace tally::aggregator {

GroupMean micro_mean(std::span<const GroupValue> groups) {
  assert(!groups.empty());
  double sum = 0.0;
  double squares = 0.0;
  double all = 0.0;
  bool known = true;
  for (const GroupValue& group : groups) {
    const auto docs = static_cast<double>(group.docs);
    sum += docs * group.value;
    all += docs;
    if (group.docs < 2) continue;  // weighs nothing in the pooled variance
    known = known && group.standard_error.has_value();
    const double error = group.standard_error.value_or(0.0);
    squares += (docs - 1) * docs * error * error;
  }
  GroupMean mean{sum / all, std::nullopt};
  const double freedom = all - static_cast<double>(groups.size());
  if (known && freedom > 0) mean.standard_error = std::sqrt(squares / freedom / all);
  return mean;
}

std::optional<GroupMean> micro_ratio(std::span<const GroupValue> groups) {
  double above = 0.0;
  double below = 0.0;
  double squares = 0.0;
  bool known = true;
  for (const GroupValue& group : groups) {
    above += *group.denominator * group.value;
    below += *group.denominator;
    known = known && group.standard_error.has_value();
    const double error = *group.denominator * group.standard_error.value_or(0.0);
    squares += error * error;
  }
  if (below == 0.0) return std::nullopt;
  GroupMean mean{above / below, std::nullopt};
  if (known) mean.standard_error = std::sqrt(squares) / std::abs(below);
  return mean;
}

GroupMean macro_mean(std::span<const GroupValue> groups) {
  assert(!groups.empty());
  double sum = 0.0;
  double squares = 0.0;
  bool known = true;
  for (const GroupValue& group : groups) {
    sum += group.value;
    known = known && group.standard_error.has_value();
    const double error = group.standard_error.value_or(0.0);
    squares += error * error;
  }
  const auto count = static_cast<double>(groups.size());
  GroupMean mean{sum / count, std::nullopt};
  if (known) mean.standard_error = std::sqrt(squares) / count;
  return mean;
}

}  // namespace tally::aggregator
