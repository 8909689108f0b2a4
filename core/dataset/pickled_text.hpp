#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

/// What went wrong where a text could not be unpacked; empty when nothing did.
struct UnpackedText {
  std::string text;
  std::string_view problem;  ///< "found X, expected Y"; static.
};

/// The text in base64(zlib(pickle(text))), as LiveCodeBench packs its private tests. Nothing is
/// ever executed: of pickle's opcodes only those that a lone str of protocols 2 to 5 is written
/// with are known, and everything else is a problem, as are bytes after any of the three layers and
/// a text of more than `limit` bytes. Takes any bytes.
[[nodiscard]] UnpackedText unpack_pickled_text(std::string_view packed, std::size_t limit);

}  // namespace tally
