#pragma once
#include <hdf5.h>

#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/plan/shard_header.hpp"
#include "core/shard/record.hpp"

// What writer and reader must agree on: names and types of the datasets. Bytes are specified in
// docs/formats.md#shard; change both in one commit.
//
// Constraints: stock h5py and h5dump read it; opening a shard of 128 records costs no more than
// what HDF5 itself needs; the merge takes compressed text as it is. Columns are packed only where
// there are many rows: a packed one takes longer to open, and a plain one of a large shard takes
// longer to hash than to unpack. Rejected: variable-length strings (3.6 times the size: HDF5 does
// not compress them, 3 times the time, and a crash when damaged), one compound dataset (no column
// without reading all).

namespace tally {

// Columns are copied between memory and file as they are.
static_assert(std::endian::native == std::endian::little);

inline constexpr const char* kMetricsGroup = "metrics";

/// The HDF5 type of a column's values, in the file and in memory.
[[nodiscard]] inline hid_t stored_type(const std::vector<std::uint8_t>&) { return H5T_STD_U8LE; }
[[nodiscard]] inline hid_t stored_type(const std::vector<std::uint32_t>&) { return H5T_STD_U32LE; }
[[nodiscard]] inline hid_t stored_type(const std::vector<std::uint64_t>&) { return H5T_STD_U64LE; }
[[nodiscard]] inline hid_t stored_type(const std::vector<float>&) { return H5T_IEEE_F32LE; }
[[nodiscard]] inline hid_t stored_type(const std::vector<double>&) { return H5T_IEEE_F64LE; }

/// Calls visit(name, column) for every column that each shard has, in storage order.
template <class Batch, class Visit>
void visit_columns(Batch& batch, Visit&& visit) {
  visit("ordinal", batch.ordinal);
  visit("outcome", batch.outcome);
  visit("finish_reason", batch.finish_reason);
  visit("score", batch.score);
  visit("tokens_in", batch.tokens_in);
  visit("tokens_out", batch.tokens_out);
  visit("seconds", batch.seconds);
  visit("attempt", batch.attempt);
}

/// Names of the two datasets of a text: a length per record, and the bytes end to end.
[[nodiscard]] const char* length_dataset(Text text) noexcept;
[[nodiscard]] const char* bytes_dataset(Text text) noexcept;

/// [a-z][a-z0-9_]{0,62}.
[[nodiscard]] bool is_metric_name(std::string_view name) noexcept;

/// The failures a header lists: sorted by (outcome, attempt), one set each.
/// Precondition: batch.ordinal is strictly ascending.
[[nodiscard]] std::vector<FailedItems> failed_items(const RecordBatch& batch);

}  // namespace tally
