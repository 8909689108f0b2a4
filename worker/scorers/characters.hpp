#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

// The properties of characters that Python's str methods and `re` go by.

namespace tally::worker {

/// Properties of one code point; a sum of these bits.
enum CharacterFlag : std::uint8_t {
  kWord = 1,        ///< `\w` of Python's re: letters, numbers and `_`.
  kDigit = 2,       ///< `\d`: general category Nd.
  kUpper = 4,       ///< Unicode property Uppercase.
  kLower = 8,       ///< Unicode property Lowercase.
  kTitle = 16,      ///< General category Lt.
  kIgnorable = 32,  ///< Unicode property Case_Ignorable.
  kSpace = 64,      ///< str.isspace(), which is also `\s`.
};

/// Flags of an ASCII character, without touching the tables of Unicode.
extern const std::array<std::uint8_t, 128> kAsciiFlags;

/// Flags of a code point beyond ASCII; 0 for kNoCodePoint. The first call takes the tables out of
/// PCRE2, some 20 ms and 1 MiB; safe from several threads.
[[nodiscard]] std::uint8_t unicode_flags(char32_t c);

[[nodiscard]] inline std::uint8_t flags_of(char32_t c) {
  return c < 128 ? kAsciiFlags[c] : unicode_flags(c);
}

/// The lower case of one character (simple mapping); itself when it has none.
[[nodiscard]] char32_t lower_of(char32_t c);

}  // namespace tally::worker
