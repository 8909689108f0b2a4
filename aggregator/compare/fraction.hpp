#pragma once
#include <string_view>

namespace tally::aggregator {

/// A fraction as people write it on a command line: "0.8", "80%" and "1" are 0.8, 0.8 and 1. A
/// value above 1 without a % sign could mean either and is refused, as is anything that is no
/// plain, finite number in 0..1 or 0%..100%. Locale-free. Throws Error(usage) naming `option`.
[[nodiscard]] double parse_fraction(std::string_view text, std::string_view option);

/// A difference between fractions, 0 <= x < 1: "0.01" and "1%" are both 0.01. Also "1" is refused
/// here: it could mean one percent, and a limit of 100 % would limit nothing.
[[nodiscard]] double parse_fraction_step(std::string_view text, std::string_view option);

/// A finite number in a unit of its own: "25", "-0.5". Throws Error(usage) naming `option`.
[[nodiscard]] double parse_plain_number(std::string_view text, std::string_view option);

}  // namespace tally::aggregator
