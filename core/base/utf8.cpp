#include "core/base/utf8.hpp"

#include <algorithm>

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

std::size_t utf8_run(std::string_view text, std::size_t from) noexcept {
  std::size_t at = from;
  while (at < text.size()) {
    const std::size_t length = utf8_sequence(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

CodePoint utf8_decode_wide(std::string_view text, std::size_t at) noexcept {
  const std::size_t length = utf8_sequence(text, at);
  if (length == 0) return {kNoCodePoint, 1};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  char32_t code_point = byte(0) & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) code_point = code_point << 6U | (byte(i) & 0x3FU);
  return {code_point, length};
}

CodePoint utf8_decode_before(std::string_view text, std::size_t at) noexcept {
  text = text.substr(0, at);
  std::size_t start = at - 1;
  while (start > 0 && at - start < 4 && tail(text, start)) --start;
  const CodePoint found = utf8_decode(text, start);
  return start + found.length == at ? found : CodePoint{kNoCodePoint, 1};
}

std::size_t utf8_length(std::string_view text) noexcept {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    at += std::max<std::size_t>(utf8_sequence(text, at), 1);
  }
  return count;
}

std::u32string utf8_code_points(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint d = utf8_decode(text, at);
    out.push_back(d.c);
    at += d.length;
  }
  return out;
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
    return;
  }
  const unsigned tails = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  constexpr unsigned kLeads[] = {0, 0xC0, 0xE0, 0xF0};
  put(kLeads[tails] | code_point >> (6 * tails));
  for (unsigned i = tails; i-- > 0;) put(0x80U | (code_point >> (6 * i) & 0x3FU));
}

bool is_utf8(std::string_view text) noexcept { return utf8_run(text, 0) == text.size(); }

std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0;;) {
    const std::size_t end = utf8_run(text, at);
    out.append(text.substr(at, end - at));
    if (end == text.size()) return out;
    append_utf8(out, 0xFFFD);
    at = end + 1;
  }
}

bool is_ascii(std::string_view text) noexcept {
  unsigned all = 0;  // without an early end the compiler takes many bytes at a time
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

}  // namespace tally
