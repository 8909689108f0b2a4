#include "worker/scorers/python_number.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <string>

#include "core/base/utf8.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

// The zeros of Unicode 14; the nine that follow each are its script's other digits.
constexpr char32_t kZeros[] = {
    0x0030,  0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,
    0x0C66,  0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x1090,  0x17E0,
    0x1810,  0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,
    0xA8D0,  0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0,
    0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2,
    0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0};

// Digits, and what 1_000.5e-3, inf, infinity and nan are made of.
constexpr std::string_view kInNumbers = "0123456789+-._eEinftyaINFTYA";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Stripped, with ASCII digits and without underscores that stand between two digits. Nothing where
// an underscore stands elsewhere, or what no number has.
std::optional<std::string> plain_digits(std::string_view text) {
  // Python takes all Unicode space off, but of ASCII text only what C calls space.
  text = is_ascii(text) ? strip_of(text, " \t\n\r\v\f") : strip(text);
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, length] = utf8_decode(text, at);
    const auto digit = digit_value(c);
    if (length > 1 && digit) {
      plain.push_back(static_cast<char>('0' + *digit));
    } else if (length == 1 && kInNumbers.find(text[at]) != std::string_view::npos) {
      plain.push_back(text[at]);
    } else {
      return std::nullopt;
    }
    at += length;
  }
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] != '_') {
      out.push_back(plain[i]);
    } else if (i == 0 || i + 1 == plain.size() || !is_digit(plain[i - 1]) ||
               !is_digit(plain[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

// Takes a sign off; -1 or 1.
double take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative ? -1.0 : 1.0;
}

// The decimal exponent of the first digit that is not 0: what a number beyond doubles is decided
// by.
long magnitude(std::string_view number) {
  const auto mark = std::min(number.find_first_of("eE"), number.size());
  long exponent = 0;
  if (mark < number.size()) {
    std::string_view digits = number.substr(mark + 1);
    const double sign = take_sign(digits);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec != std::errc{}) {
      exponent = std::numeric_limits<long>::max() / 4;
    }
    if (sign < 0) exponent = -exponent;
  }
  const std::string_view mantissa = number.substr(0, mark);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  const auto first = mantissa.find_first_of("123456789");
  return exponent + static_cast<long>(point) - static_cast<long>(first);
}

}  // namespace

std::optional<int> digit_value(char32_t c) noexcept {
  const auto* const next = std::ranges::upper_bound(kZeros, c);
  if (next == std::begin(kZeros)) return std::nullopt;
  const char32_t value = c - *std::prev(next);
  return value < 10 ? std::optional<int>(static_cast<int>(value)) : std::nullopt;
}

std::optional<double> python_float(std::string_view text) {
  const auto plain = plain_digits(text);
  if (!plain) return std::nullopt;
  std::string_view number = *plain;
  const double sign = take_sign(number);
  const std::string word = lower(number);
  if (word == "inf" || word == "infinity") return sign * std::numeric_limits<double>::infinity();
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (number.empty() || !(is_digit(number[0]) || number[0] == '.')) return std::nullopt;
  double value = 0.0;
  const char* const end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, value);
  if (parsed.ptr != end || parsed.ec == std::errc::invalid_argument) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) {
    value = magnitude(number) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  }
  return sign * value;
}

std::optional<double> python_int(std::string_view text) {
  const auto plain = plain_digits(text);
  if (!plain) return std::nullopt;
  std::string_view digits = *plain;
  const double sign = take_sign(digits);
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  const auto value = python_float(digits);
  return value ? std::optional<double>(sign * *value) : std::nullopt;
}

}  // namespace tally::worker
