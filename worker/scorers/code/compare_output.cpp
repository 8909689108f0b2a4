#include "worker/scorers/code/compare_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "core/base/error.hpp"
#include "worker/scorers/code/decimal.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

struct Tolerance {
  double abs = 0.0;
  double rel = 0.0;
};

// Whether both texts have as many lines and `same` holds for each pair. Nothing is copied.
template <class Same>
bool same_lines(std::string_view found, std::string_view expected, Same same) {
  for (;;) {
    const std::size_t a = found.find('\n');
    const std::size_t b = expected.find('\n');
    if (!same(found.substr(0, a), expected.substr(0, b))) return false;
    if (a == std::string_view::npos || b == std::string_view::npos) return a == b;
    found.remove_prefix(a + 1);
    expected.remove_prefix(b + 1);
  }
}

std::string_view next_token_of(std::string_view& rest, std::string_view spaces) {
  rest.remove_prefix(std::min(rest.find_first_not_of(spaces), rest.size()));
  const std::string_view token = rest.substr(0, rest.find_first_of(spaces));
  rest.remove_prefix(token.size());
  return token;
}

// The same for tokens between white space.
template <class Same>
bool same_tokens(std::string_view found, std::string_view expected, std::string_view spaces,
                 Same same) {
  for (;;) {
    const std::string_view a = next_token_of(found, spaces);
    const std::string_view b = next_token_of(expected, spaces);
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    if (!same(a, b)) return false;
  }
}

// The double next to a plain decimal number; infinite or 0 beyond the range, as strtod has it.
// Nothing when the text is more than a number.
std::optional<double> to_double(std::string_view text) {
  double value = 0.0;
  const char* const end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, value);
  if (rest != end || code == std::errc::invalid_argument) return std::nullopt;
  if (code != std::errc::result_out_of_range) return value;
  const auto exact = parse_plain_decimal(text);
  if (!exact) return std::nullopt;
  const bool large = exact->exponent + static_cast<std::int64_t>(exact->digits.size()) > 0;
  const double size = large ? std::numeric_limits<double>::infinity() : 0.0;
  return exact->negative ? -size : size;
}

bool exact(std::string_view found, std::string_view expected, Tolerance) {
  return found == expected;
}

bool rstrip_lines(std::string_view found, std::string_view expected, Tolerance) {
  const auto same = [](std::string_view a, std::string_view b) {
    constexpr std::string_view kSpaces = " \t\r\v\f";
    return strip_right_of(a, kSpaces) == strip_right_of(b, kSpaces);
  };
  constexpr std::string_view kEnds = " \t\r\v\f\n";
  return same_lines(strip_right_of(found, kEnds), strip_right_of(expected, kEnds), same);
}

bool same_decimals(std::string_view found, std::string_view expected) {
  for (;;) {
    const std::string_view a = next_token(found);
    const std::string_view b = next_token(expected);
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    const auto number = parse_python_decimal(a);
    const auto wanted = number ? parse_python_decimal(b) : std::nullopt;
    if (!wanted || !same_value(*number, *wanted)) return false;
  }
}

// LiveCodeBench: as many lines; each equal when stripped, else equal token by token as Decimals.
bool lcb(std::string_view found, std::string_view expected, Tolerance) {
  const auto same = [](std::string_view a, std::string_view b) {
    a = strip(a);
    b = strip(b);
    return a == b || same_decimals(a, b);
  };
  return same_lines(strip(found), strip(expected), same);
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

// What absl::SimpleAtod takes: one "+" before anything but "-", and a form feed around it.
std::optional<double> absl_number(std::string_view text) {
  while (text.starts_with('\f')) text.remove_prefix(1);
  while (text.ends_with('\f')) text.remove_suffix(1);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  return to_double(text);
}

// Their branch for integers is dead: every integer is a double, too.
bool codecontests_values_match(std::string_view found, std::string_view expected) {
  constexpr double kPrecision = 1e-5;
  const auto a = absl_number(found);
  const auto b = a ? absl_number(expected) : std::nullopt;
  return b ? std::abs(*a - *b) < kPrecision : same_letters(found, expected);
}

// CodeContests' OutputsMatch(): all texts equal, or all values match. So NaN and infinity match
// only where nothing else needs the second look.
bool codecontests(std::string_view found, std::string_view expected, Tolerance) {
  constexpr std::string_view kSpaces = " \n\t\r\v";
  return same_tokens(found, expected, kSpaces, same_letters) ||
         same_tokens(found, expected, kSpaces, codecontests_values_match);
}

bool is_integer(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool same_token(std::string_view found, std::string_view expected, Tolerance tolerance) {
  if (found == expected) return true;
  const auto number = parse_plain_decimal(found);
  const auto wanted = number ? parse_plain_decimal(expected) : std::nullopt;
  if (!wanted) return false;
  if (same_value(*number, *wanted)) return true;
  if (is_integer(expected)) return false;
  const auto plus_free = [](std::string_view text) {
    return to_double(text.substr(text.starts_with('+') ? 1 : 0)).value_or(NAN);
  };
  const double a = plus_free(found);
  const double b = plus_free(expected);
  if (!std::isfinite(a) || !std::isfinite(b)) return false;
  return std::abs(a - b) <= std::max(tolerance.abs, tolerance.rel * std::abs(b));
}

bool tokens_tol(std::string_view found, std::string_view expected, Tolerance tolerance) {
  constexpr std::string_view kSpaces = " \t\n\r\v\f";
  const auto same = [&](std::string_view a, std::string_view b) {
    return same_token(a, b, tolerance);
  };
  return same_tokens(found, expected, kSpaces, same);
}

struct Rule {
  std::string_view name;
  bool (*same)(std::string_view found, std::string_view expected, Tolerance tolerance);
};

constexpr std::array kRules{Rule{"exact", exact}, Rule{"rstrip_lines", rstrip_lines},
                            Rule{"lcb", lcb}, Rule{"codecontests", codecontests},
                            Rule{"tokens_tol", tokens_tol}};

}  // namespace

const std::vector<std::string_view>& output_comparators() noexcept {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const Rule& rule : kRules) all.push_back(rule.name);
    return all;
  }();
  return names;
}

bool same_output(std::string_view name, std::string_view found, std::string_view expected,
                 double abs, double rel) {
  const auto rule = std::ranges::find(kRules, name, &Rule::name);
  if (rule == kRules.end()) {
    throw Error(Errc::config, fmt::format("comparator: found '{}', expected one of {}", name,
                                          fmt::join(output_comparators(), ", ")));
  }
  return rule->same(found, expected, {abs, rel});
}

}  // namespace tally::worker
