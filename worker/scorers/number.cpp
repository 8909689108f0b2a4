#include "worker/scorers/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "core/base/json_writer.hpp"
#include "worker/scorers/code/decimal.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

bool peel(std::string_view& text, std::string_view opening, std::string_view closing) {
  if (text.size() < opening.size() + closing.size() || !text.starts_with(opening) ||
      !text.ends_with(closing)) {
    return false;
  }
  text.remove_prefix(opening.size());
  text.remove_suffix(closing.size());
  text = strip(text);
  return true;
}

// What may stand around a number, outermost first.
std::string_view without_wrappers(std::string_view text) {
  text = strip(text);
  while (peel(text, "\\boxed{", "}") || peel(text, "*", "*") || peel(text, "_", "_") ||
         peel(text, "`", "`") || peel(text, "$", "$") || peel(text, "", ".")) {
  }
  return text;
}

std::string without_decoration(std::string_view text) {
  constexpr std::array<std::string_view, 10> kDropped{
      "{,}", "\\!", ",", "\\", "$", "€", "£", "¥", "₹", "₩"};  // LaTeX's groups of digits first
  std::string out = replace_all(replace_all(text, "\u2212", "-"), "\u2013", "-");
  for (const std::string_view dropped : kDropped) out = replace_all(out, dropped, "");
  return std::string(strip(out));
}

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Digits stay digits: above 2^53 a double would make neighbours equal.
std::string canonical_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto first = text.find_first_not_of('0');
  if (first == std::string_view::npos) return "0";
  std::string out(negative ? "-" : "");
  return out.append(text.substr(first));
}

// Digits of a whole number that is written with a point or an exponent, whose value is a double's.
std::optional<std::string> written_out(std::string_view plain) {
  const auto decimal = parse_plain_decimal(plain);
  if (!decimal || decimal->exponent < 0) return std::nullopt;
  if (decimal->digits.empty()) return "0";
  std::string out(decimal->negative ? "-" : "");
  return out.append(decimal->digits).append(static_cast<std::size_t>(decimal->exponent), '0');
}

// Of a whole number that no double can hold an infinity: its digits are what counts. Nothing for
// all else that is not a finite number.
std::optional<double> value_of(std::string_view plain) {
  double value = 0.0;
  const char* const end = plain.data() + plain.size();
  const auto parsed = std::from_chars(plain.data(), end, value);
  if (parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range && is_integer(plain)) {
    constexpr double kBeyond = std::numeric_limits<double>::infinity();
    return plain.starts_with('-') ? -kBeyond : kBeyond;
  }
  if (parsed.ec != std::errc{} || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Number> parse_number(std::string_view text) {
  if (const auto mark = text.rfind("#### "); mark != std::string_view::npos) {
    text.remove_prefix(mark + 5);
  }
  std::string plain = without_decoration(without_wrappers(text));
  Number number;
  if (plain.ends_with('%')) {
    number.percent = true;
    plain = strip(std::string_view(plain).substr(0, plain.size() - 1));
  }
  if (plain.starts_with('+')) plain.erase(0, 1);
  const auto value = value_of(plain);
  if (!value) return std::nullopt;
  number.value = *value;
  if (is_integer(plain)) {
    number.canonical = canonical_integer(plain);
  } else if (auto digits = written_out(plain)) {
    number.canonical = *std::move(digits);
  } else {
    append_number(number.canonical, number.value == 0.0 ? 0.0 : number.value);
  }
  if (number.percent) number.canonical.push_back('%');
  return number;
}

}  // namespace tally::worker
