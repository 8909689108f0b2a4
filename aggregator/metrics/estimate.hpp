#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aggregator/metrics/statistics.hpp"

namespace tally::aggregator {

/// How an interval was made.
enum class IntervalMethod { t, wilson, bootstrap };

[[nodiscard]] constexpr std::string_view interval_method_name(IntervalMethod method) noexcept {
  if (method == IntervalMethod::wilson) return "wilson";
  return method == IntervalMethod::t ? "t" : "bootstrap";
}

/// One figure of one task, or of one group of its docs.
struct Estimate {
  std::string name;  ///< As configured, e.g. "pass@4".
  double value = 0.0;
  std::optional<double> standard_error;  ///< Over docs, or clusters of docs; absent for one.
  std::optional<Bounds> ci95;
  IntervalMethod method = IntervalMethod::t;  ///< Of ci95.
  std::uint64_t docs = 0;                     ///< That the value is over.
  std::optional<double> denominator = {};     ///< Of a ratio: what it divides by.
  std::optional<std::uint64_t> draws = {};    ///< Of metric columns: counted draws with a value.
};

}  // namespace tally::aggregator
