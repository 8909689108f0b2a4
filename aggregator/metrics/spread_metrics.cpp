#include "aggregator/metrics/spread_metrics.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "aggregator/metrics/draws.hpp"

namespace tally::aggregator {
namespace {

class Spread final : public Metric {
 public:
  Spread(std::string name, MetricKind kind) : Metric(std::move(name)), kind_(kind) {}
  void add(const DocSample& doc) override {
    if (doc.scores.empty()) return;
    double value = 0.0;
    for (const double score : doc.scores) value += score;
    value /= static_cast<double>(doc.scores.size());
    moments_.add(value);
    least_ = std::min(least_, value);
    greatest_ = std::max(greatest_, value);
    if (kind_ == MetricKind::median) values_.push_back(value);
  }
  [[nodiscard]] std::optional<Estimate> finish() const override {
    if (moments_.count() == 0) return std::nullopt;
    Estimate estimate;
    estimate.name = name();
    estimate.docs = moments_.count();
    estimate.value = value();
    return estimate;
  }

 private:
  [[nodiscard]] double value() const {
    if (kind_ == MetricKind::median) return *median(values_);
    if (kind_ == MetricKind::stddev) return *moments_.deviation();
    return kind_ == MetricKind::min ? least_ : greatest_;
  }

  MetricKind kind_;
  Moments moments_;
  double least_ = std::numeric_limits<double>::infinity();
  double greatest_ = -std::numeric_limits<double>::infinity();
  std::vector<double> values_;  // median only
};

}  // namespace

std::unique_ptr<Metric> make_spread_metric(const MetricName& name, const std::string& own) {
  switch (name.kind) {
    case MetricKind::median:
    case MetricKind::stddev:
    case MetricKind::min:
    case MetricKind::max:
      return std::make_unique<Spread>(own, name.kind);
    default:
      return nullptr;
  }
}

}  // namespace tally::aggregator
