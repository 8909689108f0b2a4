#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tally {

/// Length (1..4) of the well-formed UTF-8 sequence that starts at `text[at]`, or 0 when none does:
/// overlong forms, surrogates and values above U+10FFFF are ill-formed (Unicode 15, table 3-7).
/// Precondition: at < text.size().
[[nodiscard]] std::size_t utf8_sequence(std::string_view text, std::size_t at) noexcept;

/// Where the longest run of well-formed UTF-8 that starts at `from` ends: text.size(), or the first
/// byte that begins no sequence (`from` itself, perhaps).
[[nodiscard]] std::size_t utf8_run(std::string_view text, std::size_t from) noexcept;

/// One code point and how many bytes it takes.
struct CodePoint {
  char32_t c;
  std::size_t length;
};

/// What utf8_decode() gives for a byte that belongs to no well-formed sequence: no code point.
inline constexpr char32_t kNoCodePoint = 0x110000;

/// utf8_decode() of what is not ASCII.
[[nodiscard]] CodePoint utf8_decode_wide(std::string_view text, std::size_t at) noexcept;

/// The code point that starts at `text[at]`; a byte that starts none is kNoCodePoint of one byte.
/// Takes any bytes. Precondition: at < text.size().
[[nodiscard]] inline CodePoint utf8_decode(std::string_view text, std::size_t at) noexcept {
  const auto first = static_cast<unsigned char>(text[at]);
  return first < 0x80 ? CodePoint{first, 1} : utf8_decode_wide(text, at);
}

/// The code point that ends before `text[at]`, in the same way: backwards one comes by the same
/// code points. Precondition: 0 < at <= text.size().
[[nodiscard]] CodePoint utf8_decode_before(std::string_view text, std::size_t at) noexcept;

/// Code points of `text`; a byte that belongs to no sequence counts as one.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// All code points of `text`, as utf8_decode() gives them.
[[nodiscard]] std::u32string utf8_code_points(std::string_view text);

/// Appends the sequence of a code point. Precondition: no surrogate, at most U+10FFFF.
void append_utf8(std::string& out, char32_t code_point);

/// Whether all of `text` is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` with each byte that is not part of well-formed UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string well_formed(std::string_view text);

/// Whether all of `text` is ASCII.
[[nodiscard]] bool is_ascii(std::string_view text) noexcept;

}  // namespace tally
