#include "aggregator/metrics/metric.hpp"

#include <fmt/format.h>

#include "aggregator/metrics/column_metrics.hpp"
#include "aggregator/metrics/draw_metrics.hpp"
#include "aggregator/metrics/spread_metrics.hpp"
#include "core/base/error.hpp"
#include "core/config/patterns.hpp"

namespace tally::aggregator {

std::optional<Estimate> MeanMetric::finish() const {
  if (dropped_) return std::nullopt;
  return over_docs_.finish(name());
}

std::unique_ptr<Metric> make_metric(std::string_view name, const MetricContext& context) {
  const auto parsed = parse_metric(name);
  if (parsed) {
    std::string own(name);
    if (auto metric = make_draw_metric(*parsed, own, context)) return metric;
    if (auto metric = make_column_metric(*parsed, own, context)) return metric;
    if (auto metric = make_spread_metric(*parsed, own)) return metric;
  }
  throw Error(Errc::config,
              fmt::format("found \"{}\", expected {}", name, expected(Pattern::metric)),
              {{}, "metrics", 0});
}

}  // namespace tally::aggregator
