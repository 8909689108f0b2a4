#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tally::worker {

/// A number as people and models write it.
struct Number {
  double value = 0.0;     ///< Infinite for an integer beyond all doubles.
  bool percent = false;   ///< Had a `%`. 20% is neither 20 nor 0.2: it equals 20% only.
  std::string canonical;  ///< One text per value: "18" for 18.0 and 018, all digits of any integer.
};

/// Reads all of `text` as one finite number. Put aside first: everything up to the last "#### ",
/// white space, `\boxed{}` and markdown around it, commas, LaTeX's `{,}`, `\,` and `\!`, currency
/// signs, a trailing dot; U+2212 and U+2013 count as a minus. Locale-free (std::from_chars).
/// Nothing when anything else is left, so "1/3", "inf", "18 apples" and "" are no numbers.
[[nodiscard]] std::optional<Number> parse_number(std::string_view text);

}  // namespace tally::worker
