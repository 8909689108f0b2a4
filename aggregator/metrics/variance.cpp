#include "aggregator/metrics/variance.hpp"

#include <algorithm>

namespace tally::aggregator {

void VarianceSplit::add(std::span<const double> draws) noexcept {
  if (draws.size() < 2) return;
  const auto count = static_cast<double>(draws.size());
  double sum = 0.0;
  for (const double draw : draws) sum += draw;
  const double mean = sum / count;
  double squares = 0.0;
  for (const double draw : draws) squares += (draw - mean) * (draw - mean);
  const double variance = squares / (count - 1);
  means_.add(mean);
  within_.add(variance);
  of_means_.add(variance / count);
}

std::optional<VarianceParts> VarianceSplit::finish() const {
  const auto total = means_.variance();
  if (!total) return std::nullopt;
  return VarianceParts{std::max(0.0, *total - *of_means_.mean()), *within_.mean()};
}

}  // namespace tally::aggregator
