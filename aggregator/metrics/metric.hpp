#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/metrics/estimate.hpp"
#include "aggregator/metrics/over_docs.hpp"
#include "core/shard/record.hpp"

// A metric turns the docs of one task into one figure. It sees each doc once, in order, with the
// winning records of its repeats, and keeps bounded state. A new metric is one class here and one
// line in make_metric().

namespace tally::aggregator {

/// The counted records of one doc: what has a place in the denominator.
struct DocSample {
  Ordinal first_ordinal = 0;             ///< Of the doc's first repeat: seeds what is random.
  std::uint32_t repeats = 0;             ///< Draws planned.
  std::uint64_t scored = 0;              ///< Draws with the outcome scored.
  std::uint64_t correct = 0;             ///< Counted draws with a score of 1 or more.
  std::uint64_t records = 0;             ///< Draws that have a record, counted or not.
  std::uint64_t truncated = 0;           ///< Of them, those that hit the length limit.
  std::uint64_t ends_known = 0;          ///< Completions that say why they ended.
  std::uint64_t ends_silent = 0;         ///< Completions that don't.
  std::uint32_t group = 0;               ///< Number of the doc's group; 0 without groups.
  std::span<const double> scores;        ///< Of the counted draws.
  std::span<const std::uint32_t> rows;   ///< Repeat numbers of the counted draws.
  std::span<const std::string> answers;  ///< Parallel to scores; empty unless wanted.
  std::span<const std::span<const float>> columns;  ///< Per metric column: one value per repeat.
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
  /// Throws Error(data) for a doc with too few draws when statistics.short_docs says so.
  virtual void add(const DocSample& doc) = 0;
  /// nullopt when the figure is undefined: no docs, or one with fewer draws than k.
  [[nodiscard]] virtual std::optional<Estimate> finish() const = 0;

 private:
  std::string name_;
};

/// A figure that is the mean over docs of one value per doc.
class MeanMetric : public Metric {
 public:
  MeanMetric(std::string name, const ErrorOptions& options)
      : Metric(std::move(name)), over_docs_(options) {}
  [[nodiscard]] std::optional<Estimate> finish() const override;

 protected:
  void add_value(double value, const DocSample& doc) { over_docs_.add(value, doc.group); }
  /// Makes the figure undefined for the whole task.
  void drop() noexcept { dropped_ = true; }

 private:
  MeanOverDocs over_docs_;
  bool dropped_ = false;
};

/// What a metric may ask of its task.
struct MetricContext {
  std::uint64_t seed = 0;            ///< The run's.
  std::vector<std::string> columns;  ///< Names of the metric columns in the results.
  StatisticsSpec statistics = {};
  bool generates = true;  ///< The task's model writes: what it scored has a completion.
  Ordinal first = 0;      ///< Of the task.
  unsigned threads = 1;   ///< For the bootstrap.
  [[nodiscard]] ErrorOptions errors() const { return {statistics, seed, first, threads}; }
};

/// The metric called `name`. Names and definitions: docs/metrics.md.
/// Throws Error(config) "metrics: found ..., expected ..." for a name nobody knows.
[[nodiscard]] std::unique_ptr<Metric> make_metric(std::string_view name,
                                                  const MetricContext& context);

}  // namespace tally::aggregator
