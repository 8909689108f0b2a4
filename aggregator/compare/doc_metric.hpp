#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tally::aggregator {

/// A figure that can be had of one doc, so that two runs can be compared doc by doc: accuracy,
/// avg@K, pass@K, pass^K, mean:COLUMN. Definitions: docs/metrics.md.
class DocMetric {
 public:
  /// Throws Error(usage) naming `option` for any other name.
  static DocMetric parse(std::string_view name, std::string_view option);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Whether it lies in 0..1 and more is better. A column has a unit and a direction of its own.
  [[nodiscard]] bool is_fraction() const noexcept { return kind_ != Kind::column; }
  /// How many draws a doc needs for a value; 0 where any will do.
  [[nodiscard]] std::uint64_t draws() const noexcept { return k_; }
  /// Of mean:COLUMN; else empty.
  [[nodiscard]] const std::string& column() const noexcept { return column_; }

  /// The value of one doc. `scores`: of its counted draws; `column`: their values of column(),
  /// NaN where there is none. nullopt where the doc has no value: no counted draw, fewer than K.
  [[nodiscard]] std::optional<double> of_doc(std::span<const double> scores,
                                             std::span<const float> column) const;

 private:
  enum class Kind { mean, pass, pass_hat, column };
  std::string name_;
  Kind kind_ = Kind::mean;
  std::uint64_t k_ = 0;  // 0: as many as there are
  std::string column_;
};

/// Throws Error(usage) naming `option` unless `name` is a figure that a run can have.
void check_metric_name(std::string_view name, std::string_view option);

}  // namespace tally::aggregator
