#include "aggregator/text_area.hpp"

#include <algorithm>

#include "core/shard/text_blocks.hpp"

namespace tally::aggregator {

TextArea::TextArea(hid_t parent, const std::string& name, const std::filesystem::path& file)
    : file_(&file), name_(name) {
  const hsize_t none = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const hsize_t chunk = kTextBlock;
  const H5Space space(h5_check(H5Screate_simple(1, &none, &unlimited), "space", at()));
  const H5PropertyList list(h5_check(H5Pcreate(H5P_DATASET_CREATE), "properties", at()));
  h5_check(H5Pset_chunk(list.get(), 1, &chunk), "chunks", at());
  h5_check(H5Pset_deflate(list.get(), 1), "filter", at());
  h5_check(H5Pset_obj_track_times(list.get(), false), "times", at());
  dataset_ = H5Dataset(h5_check(H5Dcreate2(parent, name_.c_str(), H5T_STD_U8LE, space.get(),
                                           H5P_DEFAULT, list.get(), H5P_DEFAULT),
                                "create", at()));
}

std::uint64_t TextArea::take_blocks(std::uint64_t count) {
  const std::uint64_t first = blocks_;
  blocks_ += count;
  if (blocks_ > allocated_) {
    // Growing in steps: each change of the extent visits the index of chunks.
    allocated_ = std::max(blocks_, allocated_ + allocated_ / 2);
    const hsize_t size = allocated_ * kTextBlock;
    h5_check(H5Dset_extent(dataset_.get(), &size), "grow", at());
  }
  return first;
}

void TextArea::write_block(std::uint64_t block, std::span<const std::byte> deflated) {
  const hsize_t offset = block * kTextBlock;
  h5_check(
      H5Dwrite_chunk(dataset_.get(), H5P_DEFAULT, 0, &offset, deflated.size(), deflated.data()),
      "write", at());
}

std::uint64_t TextArea::append_block(std::span<const std::byte> deflated) {
  const std::uint64_t block = take_blocks(1);
  write_block(block, deflated);
  return block * kTextBlock;
}

void TextArea::flush_open() {
  if (open_text_.empty()) return;
  open_text_.resize(kTextBlock);  // HDF5 unpacks whole chunks
  deflated_.clear();
  deflate_block(open_text_, deflated_);
  write_block(open_, deflated_);
  open_text_.clear();
}

std::uint64_t TextArea::append_long_row(std::string_view bytes) {
  const std::uint64_t first = take_blocks((bytes.size() + kTextBlock - 1) / kTextBlock);
  for (std::uint64_t block = first; !bytes.empty(); ++block) {
    std::string text(bytes.substr(0, kTextBlock));
    bytes.remove_prefix(text.size());
    text.resize(kTextBlock);
    deflated_.clear();
    deflate_block(text, deflated_);
    write_block(block, deflated_);
  }
  return first * kTextBlock;
}

std::uint64_t TextArea::append_row(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (bytes.size() > kTextBlock) return append_long_row(bytes);
  if (open_text_.size() + bytes.size() > kTextBlock) flush_open();
  if (open_text_.empty()) {
    open_ = take_blocks(1);
    open_text_.reserve(kTextBlock);
  }
  const std::uint64_t offset = open_ * kTextBlock + open_text_.size();
  open_text_ += bytes;
  return offset;
}

void TextArea::finish() {
  flush_open();
  const hsize_t size = blocks_ * kTextBlock;
  h5_check(H5Dset_extent(dataset_.get(), &size), "trim", at());
  dataset_.close(at());
}

}  // namespace tally::aggregator
