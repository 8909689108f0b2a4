#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/plan/shard_header.hpp"
#include "core/shard/record.hpp"

namespace tally {

/// One compressed text block as stored: a zlib stream of at most 256 KiB of text.
struct TextBlock {
  std::vector<std::byte> deflated;
  std::uint32_t text_bytes = 0;  ///< Unpacked length that is text (a padded last block has more).
};

/// A shard opened from verified bytes. HDF5 parses memory only, never a path. Not thread-safe.
///
/// Opening checks the structure completely: datasets, types, ranks and lengths as docs/formats.md
/// says and nothing else; row counts agree with the header; ordinals strictly ascending and equal
/// to the header's set; outcomes and finish reasons known; text lengths sum to the text. So reading
/// afterwards can meet no surprise but in the compressed blocks, which are checked when unpacked.
class ShardReader {
 public:
  /// `bytes` as from read_verified_shard(). Throws Error(data) naming `file` and the HDF5 object.
  ShardReader(std::vector<std::byte> bytes, const std::filesystem::path& file);
  ~ShardReader();
  ShardReader(ShardReader&&) noexcept;
  ShardReader& operator=(ShardReader&&) noexcept;

  [[nodiscard]] const ShardHeader& header() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;  ///< Records.
  [[nodiscard]] std::size_t image_bytes() const noexcept;

  /// All columns but the text bytes: texts[...].bytes are empty, lengths are filled.
  [[nodiscard]] const RecordBatch& columns() const noexcept;
  /// The same, for somebody who is done with the rest: they outlive the reader.
  [[nodiscard]] RecordBatch take_columns() && noexcept;

  [[nodiscard]] std::uint64_t text_size(Text text) const noexcept;  ///< Unpacked bytes.
  [[nodiscard]] std::size_t text_blocks(Text text) const noexcept;
  /// Puts compressed block `index` as it lies in the file into `block`, whose memory is used again.
  /// Throws Error(data).
  void read_text_block(Text text, std::size_t index, TextBlock& block) const;
  /// The whole text column, unpacked. Throws Error(data) when a block does not unpack to its
  /// length.
  [[nodiscard]] std::string unpack_text(Text text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Columns and texts of a shard: for folding, tests and small uses.
[[nodiscard]] RecordBatch read_batch(const ShardReader& shard);

}  // namespace tally
