#pragma once
#include <memory>
#include <string>

#include "aggregator/metrics/metric.hpp"
#include "core/config/patterns.hpp"

namespace tally::aggregator {

/// median, stddev, min and max of the docs' mean scores. They have no error and no interval; median
/// keeps 8 bytes per doc. Null for another kind.
[[nodiscard]] std::unique_ptr<Metric> make_spread_metric(const MetricName& name,
                                                         const std::string& own);

}  // namespace tally::aggregator
