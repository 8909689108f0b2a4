#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aggregator/metrics/clusters.hpp"
#include "aggregator/metrics/estimate.hpp"
#include "core/base/ids.hpp"
#include "core/config/run_config.hpp"

// From values of docs to a figure with its error and interval. State is bounded, but for the
// bootstrap's: 8 bytes per doc, 16 for a ratio. Definitions: docs/metrics.md#errors-and-intervals.

namespace tally::aggregator {

/// How to come to an error, and the random numbers for it.
struct ErrorOptions {
  StatisticsSpec statistics;
  std::uint64_t seed = 0;  ///< The run's.
  Ordinal ordinal = 0;     ///< Of the task's first item.
  unsigned threads = 1;    ///< For the bootstrap; the figures don't depend on it.
};

/// The mean of one value per doc.
class MeanOverDocs {
 public:
  explicit MeanOverDocs(const ErrorOptions& options)
      : options_(options),
        keeps_(by_group() || options.statistics.interval == IntervalKind::bootstrap) {}
  /// `cluster`: number of the doc's group; looked at only when errors are over groups.
  void add(double value, std::uint32_t cluster) {
    moments_.add(value);
    ones_ += value == 1.0 ? 1 : 0;
    zeros_ += value == 0.0 ? 1 : 0;
    if (keeps_) keep(value, cluster);
  }
  /// nullopt when nothing was added.
  [[nodiscard]] std::optional<Estimate> finish(const std::string& name) const;

 private:
  [[nodiscard]] bool by_group() const noexcept {
    return options_.statistics.cluster == ClusterBy::group;
  }
  void keep(double value, std::uint32_t cluster);
  void set_interval(Estimate& estimate) const;
  [[nodiscard]] std::optional<Bounds> resampled() const;

  ErrorOptions options_;
  bool keeps_;  // more than moments
  Moments moments_;
  std::uint64_t ones_ = 0;
  std::uint64_t zeros_ = 0;
  std::vector<ClusterSum> clusters_;  // by number; errors over groups only
  std::vector<double> values_;        // bootstrap over docs only
};

/// sum(a) / sum(b) over docs, with the linearised error
/// sqrt(D / (D - 1) sum (a - R b)^2) / sum(b).
class RatioOverDocs {
 public:
  explicit RatioOverDocs(const ErrorOptions& options) : options_(options) {}
  void add(double numerator, double denominator, std::uint32_t cluster);
  /// nullopt when the denominators sum to 0.
  [[nodiscard]] std::optional<Estimate> finish(const std::string& name) const;

 private:
  [[nodiscard]] bool by_group() const noexcept {
    return options_.statistics.cluster == ClusterBy::group;
  }
  [[nodiscard]] std::optional<double> linearised(double ratio) const;
  [[nodiscard]] std::optional<Bounds> resampled() const;

  ErrorOptions options_;
  /// Sums of squares and products about the means, updated together: where a = b they are equal.
  struct Products {
    void add(double a, double b, double count) noexcept;
    double mean_a = 0.0, mean_b = 0.0;
    double aa = 0.0, ab = 0.0, bb = 0.0;
  };

  Moments numerator_;
  Moments denominator_;
  Products products_;
  std::vector<ClusterSum> clusters_;
  std::vector<double> numerators_;  // bootstrap over docs only
  std::vector<double> denominators_;
};

}  // namespace tally::aggregator
