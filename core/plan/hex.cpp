#include "core/plan/hex.hpp"

#include <algorithm>
#include <charconv>

namespace tally {

std::optional<Digest> digest_from_hex(std::string_view hex) noexcept {
  Digest digest;
  const auto lower = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (hex.size() != 2 * digest.bytes.size() || !std::all_of(hex.begin(), hex.end(), lower)) {
    return std::nullopt;
  }
  const char* at = hex.data();
  for (std::uint8_t& byte : digest.bytes) {
    std::from_chars(at, at + 2, byte, 16);  // two hex digits: cannot fail
    at += 2;
  }
  return digest;
}

}  // namespace tally
