#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Texts as Python's str sees them: rules of other harnesses are written in its terms. Bytes that
// are no UTF-8 stay as they are, and are neither space, letter nor digit. All functions are linear
// in the length of the text, depend on no locale, and are thread-safe.

namespace tally::worker {

/// str.isspace() of one code point.
[[nodiscard]] constexpr bool is_space(char32_t c) noexcept {
  if (c < 0x80) return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/// Bytes of the white space that starts at `at`: one character or none.
[[nodiscard]] std::size_t space_length(std::string_view text, std::size_t at) noexcept;
/// Where the white space that starts at `at` ends.
[[nodiscard]] std::size_t skip_spaces(std::string_view text, std::size_t at) noexcept;
/// Whether nothing but white space is in `text` (or nothing at all).
[[nodiscard]] bool is_blank(std::string_view text) noexcept;

/// str.strip(), rstrip(): without Unicode white space at both ends, or at the right one.
[[nodiscard]] std::string_view strip(std::string_view text) noexcept;
[[nodiscard]] std::string_view strip_right(std::string_view text) noexcept;
/// str.strip(set), lstrip(set), rstrip(set): without any of the ASCII characters of `set`.
[[nodiscard]] std::string_view strip_of(std::string_view text, std::string_view set) noexcept;
[[nodiscard]] std::string_view strip_left_of(std::string_view text, std::string_view set) noexcept;
[[nodiscard]] std::string_view strip_right_of(std::string_view text, std::string_view set) noexcept;

/// The lower case of an ASCII capital; any other byte as it is.
[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// str.lower(): Unicode lower case of each letter, also where that is two code points; a capital
/// sigma that ends a word becomes the final one.
[[nodiscard]] std::string lower(std::string_view text);
/// The same of each character alone: no final sigma.
[[nodiscard]] std::string lower_characters(std::string_view text);
/// str.casefold(), save that Cherokee goes the other way: equal exactly where Python's are equal.
[[nodiscard]] std::string fold(std::string_view text);
/// str.isupper(): some upper-case character and neither a lower- nor a title-case one.
[[nodiscard]] bool is_upper(std::string_view text);
/// str.islower(): some lower-case character and neither an upper- nor a title-case one.
[[nodiscard]] bool is_lower(std::string_view text);

/// Takes the next of str.split() off the front of `rest`; empty when none is left.
[[nodiscard]] std::string_view next_token(std::string_view& rest) noexcept;
/// " ".join(text.split()): words with one space between them.
[[nodiscard]] std::string collapse(std::string_view text);
/// How many of str.split() are upper case.
[[nodiscard]] std::size_t count_upper_tokens(std::string_view text);
/// len(re.findall(r"\w+", text)).
[[nodiscard]] std::size_t count_words(std::string_view text);

/// str.split(separator), empty pieces included. Precondition: `separator` is not empty.
[[nodiscard]] std::vector<std::string_view> split_text(std::string_view text,
                                                       std::string_view separator);
/// str.count(part): without overlaps. Precondition: `part` is not empty.
[[nodiscard]] std::size_t count_text(std::string_view text, std::string_view part);

/// string.punctuation: the 32 ASCII characters.
inline constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// `text` without any of the ASCII characters of `set`.
[[nodiscard]] std::string erase_all(std::string_view text, std::string_view set);

/// str.replace(from, to). Precondition: `from` is not empty.
[[nodiscard]] std::string replace_all(std::string_view text, std::string_view from,
                                      std::string_view to);

}  // namespace tally::worker
