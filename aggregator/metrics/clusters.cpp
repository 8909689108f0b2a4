#include "aggregator/metrics/clusters.hpp"

#include <algorithm>
#include <cmath>

namespace tally::aggregator {

std::uint64_t filled_clusters(std::span<const ClusterSum> clusters) noexcept {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(clusters, [](const ClusterSum& each) { return !each.empty(); }));
}

std::optional<double> telling_error(std::optional<double> clustered,
                                    std::optional<double> over_docs, double size) noexcept {
  const double rounding = 1e-12 * std::max(1.0, std::abs(size));
  if (clustered && over_docs && *clustered <= rounding && *over_docs > rounding)
    return std::nullopt;
  return clustered;
}

std::optional<double> clustered_standard_error(std::span<const ClusterSum> clusters,
                                               ClusterForm form) {
  const auto filled = static_cast<double>(filled_clusters(clusters));
  if (filled < 2) return std::nullopt;
  double sum = 0.0;
  double size = 0.0;
  for (const ClusterSum& each : clusters) {
    sum += each.sum;
    size += each.size;
  }
  const double mean = sum / size;
  double squares = 0.0;
  for (const ClusterSum& each : clusters) {
    const double residual = each.sum - each.size * mean;
    squares += residual * residual;
  }
  if (form == ClusterForm::cr1) squares *= filled / (filled - 1);
  return std::sqrt(squares) / size;
}

}  // namespace tally::aggregator
