#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace tally {

/// Shards of at least this many rows store their columns packed: one block a column under HDF5's
/// shuffle and deflate filters. Fewer rows are stored plain: opening such a shard is all it costs.
/// Fixed by the format.
inline constexpr std::size_t kPackedRows = 1024;

/// Appends `values`, an array of elements of `width` bytes (1, 4 or 8), to `out` as HDF5's shuffle
/// and deflate filters would: byte 0 of all elements, byte 1 of all, ..., as one zlib stream.
/// Returns the bytes appended. Precondition: less than 2 GiB. Thread-safe. Throws Error(internal).
std::size_t pack_column(std::span<const std::byte> values, std::size_t width,
                        std::vector<std::byte>& out);

/// The inverse, into exactly `values`. Throws Error(data) when the block is damaged or of another
/// length. Thread-safe.
void unpack_column(std::span<const std::byte> packed, std::size_t width,
                   std::span<std::byte> values);

}  // namespace tally
