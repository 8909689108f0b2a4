#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/shard/hdf5.hpp"

namespace tally {

/// An HDF5 file that grows in memory and is handed over as bytes. The bytes are a function of the
/// calls alone: no clock, no padding of unknown content. Not thread-safe.
///
/// H5Fget_file_image() is not used: before 1.14.4 it yields unreadable bytes for any format newer
/// than 1.6, because the superblock's checksum is stale until the file is closed. The core driver
/// works in our buffer instead, and the buffer stays ours after the close.
class ShardImage {
 public:
  /// `user_block`: a power of two >= 512. `expected_bytes`: memory taken at once; more is taken
  /// when it was too little. `rows`: length of every column. Throws Error(internal).
  ShardImage(std::size_t user_block, std::size_t expected_bytes, std::size_t rows);
  ShardImage(const ShardImage&) = delete;
  ShardImage& operator=(const ShardImage&) = delete;

  /// All write functions throw Error(internal) with HDF5's reason.
  void create_group(const char* name);
  /// A dataset of `rows` values of `type`: contiguous, or packed from kPackedRows on.
  void write_column(const char* path, hid_t type, const void* values);
  /// A one-dimensional u8 dataset holding `text` under the standard deflate filter, in chunks of
  /// min(kTextBlock, text.size()) that are compressed here. Precondition: not empty.
  void write_text(const char* path, std::string_view text);
  /// Closes the file. The user block is zeros. The image cannot be used afterwards.
  [[nodiscard]] std::vector<std::byte> finish() &&;

 private:
  // Members are destroyed in reverse: the file is closed before the buffer it writes to is gone.
  H5Quiet quiet_;
  std::size_t user_block_;
  std::vector<std::byte> bytes_;
  H5File file_;
  std::size_t row_count_;
  bool is_packed_;
  H5Space rows_;
  H5PropertyList column_;         // how columns are stored
  std::vector<std::byte> block_;  // scratch: what is written as it is
};

}  // namespace tally
