#pragma once
#include <string>
#include <string_view>

#include "core/shard/record.hpp"

// Names in results.h5; bytes are specified in docs/formats.md#results-h5. Constraints: dense (row =
// ordinal), readable with stock h5py, written in place in any order of shards, so that each shard
// is read once and memory does not grow with the run. Hence contiguous, uncompressed columns at
// known offsets; only text is deflated, in blocks that are copied from the shards as they are.
// Rejected: compressed columns (re-encoding costs more time than the bytes are worth), chunked
// columns (every shard's interval would be a read-modify-write), texts in ordinal order (unpacks
// everything).

namespace tally::aggregator {

inline constexpr std::string_view kResultsFormat = "tally-results";
inline constexpr unsigned kResultsVersion = 1;

/// "completion_offset", "completion_len", "completion_bytes".
[[nodiscard]] inline std::string offset_name(Text text) {
  return std::string(text_name(text)).append("_offset");
}
[[nodiscard]] inline std::string length_name(Text text) {
  return std::string(text_name(text)).append("_len");
}
[[nodiscard]] inline std::string bytes_name(Text text) {
  return std::string(text_name(text)).append("_bytes");
}

}  // namespace tally::aggregator
