#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally::worker {

/// A decimal number, exact whatever its length: digits * 10^exponent.
struct Decimal {
  enum class Kind { finite, infinite, nan };
  Kind kind = Kind::finite;
  bool negative = false;
  std::string digits;  ///< Without zeros at either end; empty: the number is 0.
  std::int64_t exponent = 0;
};

/// Equal in value: 3 = 3.0 = 0.3e1, -0 = 0, an infinity equals itself, a NaN nothing.
[[nodiscard]] bool same_value(const Decimal& a, const Decimal& b) noexcept;

/// All of `text` as Python's decimal.Decimal(text) reads it: digits of any script, underscores
/// anywhere, an exponent, "Infinity", "NaN". Nothing where Python raises, also for exponents beyond
/// its limits. Time and memory are linear in the text. Takes any bytes.
[[nodiscard]] std::optional<Decimal> parse_python_decimal(std::string_view text);

/// The same for plain text alone: [+-] digits [. digits] [e [+-] digits], ASCII. Never infinite.
[[nodiscard]] std::optional<Decimal> parse_plain_decimal(std::string_view text);

}  // namespace tally::worker
