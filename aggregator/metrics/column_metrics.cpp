#include "aggregator/metrics/column_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tally::aggregator {
namespace {

/// mean:<column>: values that are not finite are no values.
class ColumnMean final : public MeanMetric {
 public:
  ColumnMean(std::string name, const ErrorOptions& options, std::size_t column)
      : MeanMetric(std::move(name), options), column_(column) {}
  void add(const DocSample& doc) override {
    if (column_ >= doc.columns.size()) return;
    double sum = 0.0;
    double values = 0.0;
    for (const std::uint32_t row : doc.rows) {
      const double value = doc.columns[column_][row];
      if (!std::isfinite(value)) continue;
      sum += value;
      values += 1.0;
    }
    if (values > 0.0) add_value(sum / values, doc);
    draws_ += static_cast<std::uint64_t>(values);
  }
  [[nodiscard]] std::optional<Estimate> finish() const override {
    auto estimate = MeanMetric::finish();
    if (estimate) estimate->draws = draws_;
    return estimate;
  }

 private:
  std::size_t column_;
  std::uint64_t draws_ = 0;
};

/// ratio:<a>/<b>: of the columns' sums, over the draws that have both.
class ColumnRatio final : public Metric {
 public:
  ColumnRatio(std::string name, const ErrorOptions& options, std::size_t numerator,
              std::size_t denominator)
      : Metric(std::move(name)),
        over_docs_(options),
        numerator_(numerator),
        denominator_(denominator) {}
  void add(const DocSample& doc) override {
    if (std::max(numerator_, denominator_) >= doc.columns.size()) return;
    double above = 0.0;
    double below = 0.0;
    std::uint64_t draws = 0;
    for (const std::uint32_t row : doc.rows) {
      const double a = doc.columns[numerator_][row];
      const double b = doc.columns[denominator_][row];
      if (!std::isfinite(a) || !std::isfinite(b)) continue;
      above += a;
      below += b;
      ++draws;
    }
    if (draws > 0) over_docs_.add(above, below, doc.group);
    draws_ += draws;
  }
  [[nodiscard]] std::optional<Estimate> finish() const override {
    auto estimate = over_docs_.finish(name());
    if (estimate) estimate->draws = draws_;
    return estimate;
  }

 private:
  RatioOverDocs over_docs_;
  std::size_t numerator_;
  std::size_t denominator_;
  std::uint64_t draws_ = 0;
};

/// truncation_rate: records that hit the length limit, of all records.
class TruncationRate final : public Metric {
 public:
  TruncationRate(std::string name, const ErrorOptions& options)
      : Metric(std::move(name)), over_docs_(options) {}
  void add(const DocSample& doc) override {
    ends_known_ += doc.ends_known;
    ends_silent_ += doc.ends_silent;
    if (doc.records > 0)
      over_docs_.add(static_cast<double>(doc.truncated), static_cast<double>(doc.records),
                     doc.group);
  }
  [[nodiscard]] std::optional<Estimate> finish() const override {
    if (ends_known_ == 0 || ends_silent_ > 0) return std::nullopt;
    return over_docs_.finish(name());
  }

 private:
  RatioOverDocs over_docs_;
  std::uint64_t ends_known_ = 0;
  std::uint64_t ends_silent_ = 0;
};

std::size_t column_number(const MetricContext& context, std::string_view column) {
  const auto found = std::ranges::find(context.columns, column);
  return static_cast<std::size_t>(found - context.columns.begin());
}

}  // namespace

std::unique_ptr<Metric> make_column_metric(const MetricName& name, const std::string& own,
                                           const MetricContext& context) {
  const ErrorOptions errors = context.errors();
  switch (name.kind) {
    case MetricKind::mean:
      return std::make_unique<ColumnMean>(own, errors, column_number(context, name.column));
    case MetricKind::ratio:
      return std::make_unique<ColumnRatio>(own, errors, column_number(context, name.column),
                                           column_number(context, name.divisor));
    case MetricKind::truncation_rate:
      return std::make_unique<TruncationRate>(own, errors);
    default:
      return nullptr;
  }
}

}  // namespace tally::aggregator
