#include "core/shard/shard_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "core/shard/column_blocks.hpp"
#include "core/shard/huge_pages.hpp"
#include "core/shard/text_blocks.hpp"

namespace tally {
namespace {

using Bytes = std::vector<std::byte>;

const std::filesystem::path kNoFile;
constexpr std::size_t kIncrement = 64 * 1024;  // how much the driver asks for at a time

H5Context at(const char* object) { return {Errc::internal, kNoFile, object}; }

// The core driver's memory calls. HDF5 is C: no exception may pass.

void* grow(void*, std::size_t size, H5FD_file_image_op_t, void* buffer) noexcept {
  try {
    static_cast<Bytes*>(buffer)->resize(size);
    return static_cast<Bytes*>(buffer)->data();
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* start(std::size_t size, H5FD_file_image_op_t operation, void* buffer) noexcept {
  return grow(nullptr, size, operation, buffer);
}
void* copy(void* to, const void* from, std::size_t size, H5FD_file_image_op_t, void*) noexcept {
  return std::memmove(to, from, size);
}
herr_t keep(void*, H5FD_file_image_op_t, void*) noexcept { return 0; }
void* same(void* buffer) noexcept { return buffer; }
herr_t release(void*) noexcept { return 0; }

H5PropertyList memory_access(Bytes& buffer) {
  H5PropertyList access(h5_check(H5Pcreate(H5P_FILE_ACCESS), "access list", at("")));
  h5_check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110), "format", at(""));
  h5_check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_SEMI), "close degree", at(""));
  h5_check(H5Pset_fapl_core(access.get(), kIncrement, false), "core driver", at(""));
  // Blocks set aside for small objects would only leave holes in a file that never grows again.
  h5_check(H5Pset_meta_block_size(access.get(), 0), "block size", at(""));
  h5_check(H5Pset_small_data_block_size(access.get(), 0), "block size", at(""));
  H5FD_file_image_callbacks_t callbacks{&start, &copy, &grow, &keep, &same, &release, &buffer};
  h5_check(H5Pset_file_image_callbacks(access.get(), &callbacks), "image callbacks", at(""));
  return access;
}

// Links stay in the group's own header, whatever their number: a heap and a B-tree for a dozen
// links cost more than all the rest of a small shard.
void set_group(hid_t list) {
  h5_check(H5Pset_link_phase_change(list, 1024, 0), "link storage", at(""));
  h5_check(H5Pset_obj_track_times(list, false), "times", at(""));
}

H5PropertyList dataset_creation() {
  H5PropertyList creation(h5_check(H5Pcreate(H5P_DATASET_CREATE), "creation list", at("")));
  h5_check(H5Pset_obj_track_times(creation.get(), false), "times", at(""));
  h5_check(H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER), "fill time", at(""));
  return creation;
}

// The superblock's word for the file's length. H5Fget_eoa() does not serve the core driver.
std::uint64_t end_of_file(const Bytes& bytes, std::size_t user_block) {
  constexpr std::size_t kVersion = 8;  // format specification II.A, superblock versions 2 and 3
  constexpr std::size_t kEndOfFile = 28;
  std::uint64_t end = 0;
  if (bytes.size() < user_block + kEndOfFile + sizeof end) {
    throw at("/").error(fmt::format("found {} bytes, expected a superblock", bytes.size()));
  }
  const auto version = std::to_integer<int>(bytes[user_block + kVersion]);
  std::memcpy(&end, bytes.data() + user_block + kEndOfFile, sizeof end);
  if ((version != 2 && version != 3) || end < user_block || end > 2 * bytes.size()) {
    throw at("/").error(
        fmt::format("found superblock {} of {} bytes in {}", version, end, bytes.size()));
  }
  return end;
}

}  // namespace

ShardImage::ShardImage(std::size_t user_block, std::size_t expected_bytes, std::size_t rows)
    : user_block_(user_block), row_count_(rows), is_packed_(rows >= kPackedRows) {
  start_hdf5();
  bytes_.reserve(expected_bytes);
  prefer_huge_pages(bytes_.data(), bytes_.capacity());
  const H5PropertyList access = memory_access(bytes_);
  const H5PropertyList creation(h5_check(H5Pcreate(H5P_FILE_CREATE), "creation list", at("")));
  h5_check(H5Pset_userblock(creation.get(), user_block), "user block", at(""));
  set_group(creation.get());
  file_ = H5File(
      h5_check(H5Fcreate("shard", H5F_ACC_TRUNC, creation.get(), access.get()), "create", at("/")));
  const hsize_t length = rows;
  rows_ = H5Space(h5_check(H5Screate_simple(1, &length, nullptr), "rows", at("/")));
  column_ = dataset_creation();
  if (!is_packed_) return;
  h5_check(H5Pset_chunk(column_.get(), 1, &length), "chunks", at("/"));
  h5_check(H5Pset_shuffle(column_.get()), "filter", at("/"));
  h5_check(H5Pset_deflate(column_.get(), 1), "filter", at("/"));
}

void ShardImage::create_group(const char* name) {
  const H5PropertyList creation(h5_check(H5Pcreate(H5P_GROUP_CREATE), "creation list", at(name)));
  set_group(creation.get());
  H5Group group(h5_check(H5Gcreate2(file_.get(), name, H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                         "create", at(name)));
  group.close(at(name));
}

void ShardImage::write_column(const char* path, hid_t type, const void* values) {
  H5Dataset dataset(h5_check(
      H5Dcreate2(file_.get(), path, type, rows_.get(), H5P_DEFAULT, column_.get(), H5P_DEFAULT),
      "create", at(path)));
  if (!is_packed_) {
    h5_check(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write",
             at(path));
  } else {
    const std::size_t width = H5Tget_size(type);
    const hsize_t offset = 0;
    block_.clear();
    const std::size_t size =
        pack_column({static_cast<const std::byte*>(values), row_count_ * width}, width, block_);
    h5_check(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, &offset, size, block_.data()), "write",
             at(path));
  }
  dataset.close(at(path));
}

void ShardImage::write_text(const char* path, std::string_view text) {
  const hsize_t length = text.size();
  const hsize_t chunk = std::min(text.size(), kTextBlock);
  const H5Space space(h5_check(H5Screate_simple(1, &length, nullptr), "length", at(path)));
  const H5PropertyList creation = dataset_creation();
  h5_check(H5Pset_chunk(creation.get(), 1, &chunk), "chunks", at(path));
  h5_check(H5Pset_deflate(creation.get(), 1), "filter", at(path));
  H5Dataset dataset(h5_check(H5Dcreate2(file_.get(), path, H5T_STD_U8LE, space.get(), H5P_DEFAULT,
                                        creation.get(), H5P_DEFAULT),
                             "create", at(path)));
  std::string padded;
  for (hsize_t offset = 0; offset < length; offset += chunk) {
    std::string_view part = text.substr(offset, chunk);
    if (part.size() < chunk) {  // HDF5 unpacks whole chunks
      padded.assign(part);
      padded.resize(chunk);
      part = padded;
    }
    block_.clear();
    const std::size_t size = deflate_block(part, block_);
    h5_check(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, &offset, size, block_.data()), "write",
             at(path));
  }
  dataset.close(at(path));
}

std::vector<std::byte> ShardImage::finish() && {
  h5_check(H5Fflush(file_.get(), H5F_SCOPE_LOCAL), "flush", at("/"));
  file_.close(at("/"));
  bytes_.resize(end_of_file(bytes_, user_block_));  // the driver's memory grows in steps
  return std::move(bytes_);
}

}  // namespace tally
