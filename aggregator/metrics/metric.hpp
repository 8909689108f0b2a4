#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/metrics/statistics.hpp"
#include "core/shard/record.hpp"

// A metric turns the docs of one task into one figure. It sees each doc once, in order, with the
// winning records of its repeats, and keeps bounded state. A new metric is one class here and one
// line in make_metric().

namespace tally::aggregator {

/// The counted records of one doc: what has a place in the denominator.
struct DocSample {
  Ordinal first_ordinal = 0;             ///< Of the doc's first repeat: seeds what is random.
  std::uint32_t repeats = 0;             ///< Draws planned.
  std::span<const double> scores;        ///< Of the counted draws.
  std::span<const std::uint32_t> rows;   ///< Repeat numbers of the counted draws.
  std::span<const std::string> answers;  ///< Parallel to scores; empty unless wanted.
  std::span<const std::span<const float>> columns;  ///< Per metric column: one value per repeat.
};

/// One figure of one task.
struct Estimate {
  std::string name;  ///< As configured, e.g. "pass@4".
  double value = 0.0;
  std::optional<double> standard_error;  ///< Over docs; absent for a single doc.
  std::optional<Bounds> ci95;
};

class Metric {
 public:
  explicit Metric(std::string name) : name_(std::move(name)) {}
  virtual ~Metric() = default;
  Metric(const Metric&) = delete;
  Metric& operator=(const Metric&) = delete;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Whether add() looks at answers, which cost an unpacking.
  [[nodiscard]] virtual bool wants_answers() const noexcept { return false; }
  virtual void add(const DocSample& doc) = 0;
  /// nullopt when the figure is undefined: no docs, or one with fewer draws than k.
  [[nodiscard]] virtual std::optional<Estimate> finish() const;

 protected:
  void add_value(double value) noexcept { moments_.add(value); }
  /// Makes the figure undefined for the whole task.
  void drop() noexcept { dropped_ = true; }
  [[nodiscard]] const Moments& moments() const noexcept { return moments_; }

 private:
  std::string name_;
  Moments moments_;
  bool dropped_ = false;
};

/// What a metric may ask of its task.
struct MetricContext {
  std::uint64_t seed = 0;            ///< The run's.
  std::vector<std::string> columns;  ///< Names of the metric columns in the results.
};

/// The metric called `name`: accuracy, avg@K, pass@K, pass^K, maj@K (K in 1..100000) or
/// mean:COLUMN. Definitions: docs/metrics.md.
/// Throws Error(config) "metrics: found ..., expected ..." for any other name.
[[nodiscard]] std::unique_ptr<Metric> make_metric(std::string_view name,
                                                  const MetricContext& context);

}  // namespace tally::aggregator
