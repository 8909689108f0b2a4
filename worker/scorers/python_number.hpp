#pragma once
#include <optional>
#include <string_view>

// Numbers as Python's constructors read them, for rules that say float() or int(). Locale-free.

namespace tally::worker {

/// The value 0..9 of a decimal digit of any script (Unicode category Nd).
[[nodiscard]] std::optional<int> digit_value(char32_t code_point) noexcept;

/// float(text): white space around, a sign, digits of any script with single underscores between
/// them, exponent, inf and nan. Nothing where Python raises ValueError.
[[nodiscard]] std::optional<double> python_float(std::string_view text);

/// float(int(text)), infinite where Python raises OverflowError. Nothing where int() raises
/// ValueError.
[[nodiscard]] std::optional<double> python_int(std::string_view text);

}  // namespace tally::worker
