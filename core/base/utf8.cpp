#include "core/base/utf8.hpp"

namespace tally {
namespace {

bool between(std::string_view text, std::size_t at, unsigned low, unsigned high) noexcept {
  if (at >= text.size()) return false;
  const unsigned byte = static_cast<unsigned char>(text[at]);
  return byte >= low && byte <= high;
}

bool tail(std::string_view text, std::size_t at) noexcept { return between(text, at, 0x80, 0xBF); }

}  // namespace

std::size_t utf8_sequence(std::string_view text, std::size_t at) noexcept {
  const unsigned lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return tail(text, at + 1) ? 2 : 0;
  // The second byte's range is what shuts out overlong forms, surrogates and too large values.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (!between(text, at + 1, low, high) || !tail(text, at + 2)) return 0;
  if (lead < 0xF0) return 3;
  return tail(text, at + 3) ? 4 : 0;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace tally
