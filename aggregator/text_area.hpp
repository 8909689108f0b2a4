#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/shard/hdf5.hpp"

namespace tally::aggregator {

/// The packed bytes of one text in results.h5: a growing one-dimensional dataset of deflated
/// blocks. A row's bytes never straddle a block that is being filled, so blocks copied from shards
/// may come in between. All functions throw Error(io). Not thread-safe.
class TextArea {
 public:
  /// `file` is named in errors and outlives this object.
  TextArea(hid_t parent, const std::string& name, const std::filesystem::path& file);

  /// A block of exactly kTextBlock bytes of text, compressed. Returns its first text offset.
  std::uint64_t append_block(std::span<const std::byte> deflated);
  std::uint64_t append_row(std::string_view bytes);
  /// Writes the open block and closes.
  void finish();

 private:
  [[nodiscard]] std::uint64_t take_blocks(std::uint64_t count);
  void write_block(std::uint64_t block, std::span<const std::byte> deflated);
  void flush_open();
  std::uint64_t append_long_row(std::string_view bytes);

  [[nodiscard]] H5Context at() const { return {Errc::io, *file_, name_}; }

  const std::filesystem::path* file_;
  std::string name_;
  H5Dataset dataset_;
  std::uint64_t blocks_ = 0;     // taken so far
  std::uint64_t allocated_ = 0;  // extent of the dataset in blocks
  std::uint64_t open_ = 0;       // number of the open block, when open_text_ is not empty
  std::string open_text_;
  std::vector<std::byte> deflated_;
};

}  // namespace tally::aggregator
