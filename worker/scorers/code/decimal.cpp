#include "worker/scorers/code/decimal.hpp"

#include <algorithm>

#include "core/base/utf8.hpp"
#include "worker/scorers/python_number.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

constexpr std::int64_t kMaxExponent = 999'999'999'999'999'999;     // of the first digit
constexpr std::int64_t kMinExponent = -1'999'999'999'999'999'997;  // of the last digit
constexpr std::int64_t kBeyond = 4'000'000'000'000'000'000;        // no exponent is this large

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The text with digits of all scripts as ASCII and without underscores; nothing when it has
// another character beyond ASCII, or a NUL.
std::optional<std::string> ascii_form(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, length] = utf8_decode(text, at);
    if (c == 0) return std::nullopt;
    if (c >= 0x80) {
      const auto digit = digit_value(c);
      if (!digit) return std::nullopt;
      out.push_back(static_cast<char>('0' + *digit));
    } else if (c != '_') {
      out.push_back(text[at]);
    }
    at += length;
  }
  return out;
}

bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative;
}

std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// [e[+-]digits] up to the end; nothing when something else is there. Saturates.
std::optional<std::int64_t> take_exponent(std::string_view text) {
  if (text.empty()) return 0;
  if (ascii_lower(text[0]) != 'e') return std::nullopt;
  text.remove_prefix(1);
  const bool negative = take_sign(text);
  const std::string_view digits = take_digits(text);
  if (digits.empty() || !text.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits)
    value = std::min(kBeyond, value > kBeyond / 10 ? kBeyond : 10 * value + (c - '0'));
  return negative ? -value : value;
}

// Digits around a point, and an exponent.
std::optional<Decimal> parse_finite(std::string_view text, bool negative) {
  const std::string_view whole = take_digits(text);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto exponent = take_exponent(text);
  if (!exponent) return std::nullopt;
  Decimal number;
  number.negative = negative;
  number.digits.reserve(whole.size() + fraction.size());
  number.digits.append(whole).append(fraction);
  number.digits.erase(0, number.digits.find_first_not_of('0'));
  number.exponent = *exponent - static_cast<std::int64_t>(fraction.size());
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(number.digits.size(), 1));
  if (number.exponent < kMinExponent || number.exponent > kMaxExponent - (count - 1)) {
    return std::nullopt;
  }
  const std::size_t kept = number.digits.find_last_not_of('0') + 1;
  number.exponent += static_cast<std::int64_t>(number.digits.size() - kept);
  number.digits.resize(kept);
  if (number.digits.empty()) number.exponent = 0;
  return number;
}

// inf, infinity, nan and snan; a NaN may have digits.
std::optional<Decimal> parse_special(std::string_view text, bool negative) {
  std::string word(text.substr(0, std::min<std::size_t>(text.size(), 9)));
  std::ranges::transform(word, word.begin(), ascii_lower);
  if (word == "inf" || word == "infinity") return Decimal{Decimal::Kind::infinite, negative, {}, 0};
  const bool signalling = word.starts_with("snan");
  if (!signalling && !word.starts_with("nan")) return std::nullopt;
  const std::string_view payload = text.substr(signalling ? 4 : 3);
  if (!std::ranges::all_of(payload, is_digit)) return std::nullopt;
  return Decimal{Decimal::Kind::nan, negative, {}, 0};
}

}  // namespace

bool same_value(const Decimal& a, const Decimal& b) noexcept {
  if (a.kind != b.kind || a.kind == Decimal::Kind::nan) return false;
  if (a.kind == Decimal::Kind::infinite) return a.negative == b.negative;
  if (a.digits.empty() || b.digits.empty()) return a.digits.empty() && b.digits.empty();
  return a.negative == b.negative && a.exponent == b.exponent && a.digits == b.digits;
}

std::optional<Decimal> parse_python_decimal(std::string_view text) {
  const auto form = ascii_form(text);
  if (!form) return std::nullopt;
  std::string_view rest = *form;
  const bool negative = take_sign(rest);
  auto number = parse_special(rest, negative);
  return number ? number : parse_finite(rest, negative);
}

std::optional<Decimal> parse_plain_decimal(std::string_view text) {
  const bool negative = take_sign(text);
  return parse_finite(text, negative);
}

}  // namespace tally::worker
