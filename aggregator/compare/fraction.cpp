#include "aggregator/compare/fraction.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

std::optional<double> finite_number(std::string_view text) {
  double value = 0.0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

[[noreturn]] void refuse(std::string_view text, std::string_view option,
                         std::string_view expected) {
  throw Error(Errc::usage, fmt::format("found \"{}\", expected {}", text, expected),
              {{}, std::string(option), 0});
}

}  // namespace

double parse_fraction(std::string_view text, std::string_view option) {
  constexpr std::string_view kExpected = "a fraction 0..1 or a percentage 0%..100%";
  const bool percent = text.ends_with('%');
  const auto value = finite_number(percent ? text.substr(0, text.size() - 1) : text);
  if (!value || *value < 0.0 || *value > 100.0) refuse(text, option, kExpected);
  if (percent) return *value / 100.0;
  if (*value > 1.0)
    refuse(text, option, fmt::format("a fraction 0..1, or \"{}%\" if percent is meant", text));
  return *value;
}

double parse_fraction_step(std::string_view text, std::string_view option) {
  const double value = parse_fraction(text, option);
  if (value >= 1.0)
    refuse(text, option, "a fraction below 1 (0.01) or a percentage below 100% (1%)");
  return value;
}

double parse_plain_number(std::string_view text, std::string_view option) {
  const auto value = finite_number(text);
  if (!value) refuse(text, option, "a finite number without a unit");
  return *value;
}

}  // namespace tally::aggregator
