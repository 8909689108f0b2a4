#pragma once
#include <memory>
#include <string>

#include "aggregator/metrics/metric.hpp"
#include "core/config/patterns.hpp"

namespace tally::aggregator {

/// mean:COLUMN, ratio:A/B and truncation_rate. Null for another kind.
[[nodiscard]] std::unique_ptr<Metric> make_column_metric(const MetricName& name,
                                                         const std::string& own,
                                                         const MetricContext& context);

}  // namespace tally::aggregator
