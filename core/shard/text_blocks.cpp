#include "core/shard/text_blocks.hpp"

#include <fmt/format.h>
#include <libdeflate.h>

#include <cassert>
#include <memory>

#include "core/base/error.hpp"
#ifdef TALLY_HAS_ISAL
#include <isa-l/igzip_lib.h>
#endif

// ISA-L level 1 is three times as fast as zlib level 1 on completions at the same size; libdeflate
// is the fastest at unpacking. Both speak RFC 1950, which HDF5's own deflate filter reads.

namespace tally {
namespace {

constexpr std::size_t kMostAtOnce = std::size_t{1} << 31U;  // ISA-L counts in 32 bits

#ifdef TALLY_HAS_ISAL

// Deflate's stored blocks add 5 bytes per 64 KiB; level 1 may give up later than that on noise.
std::size_t deflate_bound(std::size_t size) { return size + size / 8 + 1024; }

std::size_t deflate_into(std::string_view text, int level, std::byte* out, std::size_t room) {
  thread_local const auto level_buffer = std::make_unique<std::uint8_t[]>(ISAL_DEF_LVL1_DEFAULT);
  thread_local const auto stream = std::make_unique<isal_zstream>();
  isal_deflate_stateless_init(stream.get());
  stream->level = static_cast<std::uint32_t>(level);
  stream->level_buf = level_buffer.get();
  stream->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  stream->gzip_flag = IGZIP_ZLIB;
  stream->end_of_stream = 1;
  // The field is not const, but the library only reads through it.
  stream->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  stream->avail_in = static_cast<std::uint32_t>(text.size());
  stream->next_out = reinterpret_cast<std::uint8_t*>(out);
  stream->avail_out = static_cast<std::uint32_t>(room);
  const int result = isal_deflate_stateless(stream.get());
  if (result != COMP_OK) {
    throw Error(Errc::internal,
                fmt::format("isal_deflate_stateless: found {}, expected 0", result));
  }
  return stream->total_out;
}

#else

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const noexcept {
    libdeflate_free_compressor(compressor);
  }
};

std::size_t deflate_bound(std::size_t size) {
  return libdeflate_zlib_compress_bound(nullptr, size);
}

std::size_t deflate_into(std::string_view text, int, std::byte* out, std::size_t room) {
  thread_local const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(1));
  if (compressor == nullptr) throw std::bad_alloc();
  const std::size_t written =
      libdeflate_zlib_compress(compressor.get(), text.data(), text.size(), out, room);
  if (written == 0)
    throw Error(Errc::internal, "libdeflate_zlib_compress: found 0 bytes, expected more");
  return written;
}

#endif

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* decompressor) const noexcept {
    libdeflate_free_decompressor(decompressor);
  }
};

}  // namespace

std::size_t deflate_block(std::string_view text, std::vector<std::byte>& out, int level) {
  assert(text.size() < kMostAtOnce && (level == 0 || level == 1));
  // Kept, because clearing the room for the worst case takes longer than copying what was needed.
  thread_local std::size_t room = 0;
  thread_local std::unique_ptr<std::byte[]> scratch;
  if (const std::size_t bound = deflate_bound(text.size()); room < bound) {
    scratch = std::make_unique_for_overwrite<std::byte[]>(bound);
    room = bound;
  }
  const std::size_t written = deflate_into(text, level, scratch.get(), room);
  out.insert(out.end(), scratch.get(), scratch.get() + written);
  return written;
}

void inflate_block(std::span<const std::byte> deflated, std::span<char> out) {
  thread_local const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  if (decompressor == nullptr) throw std::bad_alloc();
  std::size_t used = 0;
  std::size_t written = 0;
  const libdeflate_result result =
      libdeflate_zlib_decompress_ex(decompressor.get(), deflated.data(), deflated.size(),
                                    out.data(), out.size(), &used, &written);
  if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
    throw Error(Errc::data,
                fmt::format("block: found more than {0} bytes, expected {0}", out.size()));
  }
  if (result != LIBDEFLATE_SUCCESS)
    throw Error(Errc::data, "block: found a damaged stream, expected RFC 1950");
  if (written != out.size()) {
    throw Error(Errc::data, fmt::format("block: found {} bytes, expected {}", written, out.size()));
  }
  if (used != deflated.size()) {
    throw Error(Errc::data, fmt::format("block: found {} bytes after the stream, expected 0",
                                        deflated.size() - used));
  }
}

}  // namespace tally
