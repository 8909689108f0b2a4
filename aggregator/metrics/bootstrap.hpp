#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "aggregator/metrics/statistics.hpp"

// The bootstrap (Efron 1979): figures of resamples with replacement. A replicate's random numbers
// are a function of (seed, ordinal, number of the replicate) alone, so the same call gives the same
// bits at any number of threads. Thread-safe.

namespace tally::aggregator {

struct BootstrapOptions {
  std::uint64_t seed = 0;     ///< The run's.
  std::uint64_t ordinal = 0;  ///< Of the task's first item: tasks resample apart.
  std::uint32_t replicates = 1000;
  unsigned threads = 1;  ///< At least 1.
};

/// Mean of each resample, in order of the replicates: exactly `replicates` of them.
/// `values`: one per doc; not empty.
[[nodiscard]] std::vector<double> bootstrap_means(std::span<const double> values,
                                                  const BootstrapOptions& options);

/// sum(sums) / sum(sizes) of each resample. One pair per whole cluster (sum of its docs' values,
/// number of docs), or per doc for a ratio of sums. A resample whose sizes are all 0 gives no
/// finite number. Preconditions: equal lengths, not empty.
[[nodiscard]] std::vector<double> bootstrap_ratios(std::span<const double> sums,
                                                   std::span<const double> sizes,
                                                   const BootstrapOptions& options);

/// The 2.5th and 97.5th percentile, interpolated linearly between order statistics (Hyndman & Fan
/// 1996, type 7, as numpy). Values that are not finite are left out. Precondition: one is finite.
[[nodiscard]] Bounds percentile_interval(std::vector<double> replicates);

}  // namespace tally::aggregator
