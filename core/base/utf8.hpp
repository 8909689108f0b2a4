#pragma once
#include <cstddef>
#include <string_view>

namespace tally {

/// Length (1..4) of the well-formed UTF-8 sequence that starts at `text[at]`, or 0 when none does:
/// overlong forms, surrogates and values above U+10FFFF are ill-formed (Unicode 15, table 3-7).
/// Precondition: at < text.size().
[[nodiscard]] std::size_t utf8_sequence(std::string_view text, std::size_t at) noexcept;

/// Whether all of `text` is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace tally
