#pragma once
#include <optional>
#include <string>
#include <vector>

#include "aggregator/metrics/breakdown.hpp"
#include "core/config/run_config.hpp"

// Pieces of REPORT.txt.

namespace tally::aggregator {

/// "0.5000 +- 0.0200 [0.4600, 0.5400] (80 of 90 docs) (170 of 180 draws)": what is known, the docs
/// only when they are fewer than `docs`, and the draws when they are fewer than were `counted`.
[[nodiscard]] std::string estimate_text(const Estimate& estimate, std::uint64_t docs,
                                        std::uint64_t counted);

/// A table of the groups with micro and macro means below, and a line for each metric that has none
/// and why. `metrics`: the columns.
[[nodiscard]] std::string breakdown_text(const Breakdown& breakdown,
                                         const std::vector<std::string>& metrics);

/// How errors, intervals and docs with too few draws are dealt with, in one line.
[[nodiscard]] std::string statistics_text(const StatisticsSpec& statistics);

}  // namespace tally::aggregator
