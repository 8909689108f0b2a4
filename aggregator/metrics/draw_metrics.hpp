#pragma once
#include <memory>
#include <string>

#include "aggregator/metrics/metric.hpp"
#include "core/config/patterns.hpp"

namespace tally::aggregator {

/// accuracy, and the figures that need a number of draws of every doc: avg@K, pass@K, pass^K,
/// g-pass@K:TAU, mg-pass@K, maj@K, any@K, at-least@M. Null for another kind.
[[nodiscard]] std::unique_ptr<Metric> make_draw_metric(const MetricName& name,
                                                       const std::string& own,
                                                       const MetricContext& context);

}  // namespace tally::aggregator
