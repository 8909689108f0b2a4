#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tally {

/// Text is cut into blocks of this many bytes before compression. Fixed by the format: the merge
/// copies whole blocks.
inline constexpr std::size_t kTextBlock = 256 * 1024;

/// Appends `text`, deflated as one zlib stream (RFC 1950), to `out`; returns the bytes appended.
/// `level`: ISA-L's, 0 or 1, where the library was there at build time; libdeflate's level 1 serves
/// both. Precondition: less than 2 GiB. Thread-safe. Throws Error(internal).
std::size_t deflate_block(std::string_view text, std::vector<std::byte>& out, int level = 1);

/// Unpacks one zlib stream into exactly `out`. Throws Error(data) when it is damaged or its length
/// differs. Thread-safe.
void inflate_block(std::span<const std::byte> deflated, std::span<char> out);

}  // namespace tally
