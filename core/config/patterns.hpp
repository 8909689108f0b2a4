#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace tally {

/// The forms of text a config key may ask for.
enum class Pattern {
  any,
  name,
  model_name,
  sha256,
  rows,
  device,
  metric,
  param,
  column,    ///< A metric column.
  argument,  ///< A value that a command line takes: no control characters.
  option     ///< An option of a command line in one word: --name or --name=value.
};

/// Whether `text` has the form.
[[nodiscard]] bool matches(Pattern pattern, std::string_view text) noexcept;
/// What to tell a person: "a name [A-Za-z0-9][A-Za-z0-9._-]{0,63}".
[[nodiscard]] std::string_view expected(Pattern pattern) noexcept;
/// The same for JSON Schema (ECMA 262); empty for any.
[[nodiscard]] std::string_view regular_expression(Pattern pattern) noexcept;

/// A metric as written in `metrics`: "pass@4" is {pass_at, 4}, "mean:seconds" {mean, 0}.
enum class MetricKind {
  accuracy,
  avg_at,
  pass_at,
  pass_all,
  maj_at,
  g_pass_at,
  mg_pass_at,
  any_at,
  at_least,
  median,
  stddev,
  min,
  max,
  truncation_rate,
  mean,
  ratio
};
struct MetricName {
  MetricKind kind = MetricKind::accuracy;
  std::uint32_t k = 0;  ///< Draws that it needs, 1..100000; 0 for kinds without K.
  std::string_view column =
      {};  ///< mean:<column>, ratio:<column>/...; points into the text parsed.
  std::string_view divisor = {};  ///< ratio:.../<divisor>.
  double tau = 0.0;               ///< g-pass@K:<tau>, 0..1.
};
[[nodiscard]] std::optional<MetricName> parse_metric(std::string_view text) noexcept;

}  // namespace tally
