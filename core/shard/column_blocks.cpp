#include "core/shard/column_blocks.hpp"

#include <cassert>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/shard/text_blocks.hpp"

namespace tally {
namespace {

constexpr int kLevel = 0;  // smaller than level 1 on long runs, and faster

// One element at a time as a whole number: the loops over its bytes unroll, so the compiler can
// use vectors.

template <class T>
void shuffle(const std::byte* values, std::size_t count, std::byte* out) {
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, values + i * sizeof(T), sizeof(T));
    for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
      out[byte * count + i] = static_cast<std::byte>(value >> (8 * byte));
    }
  }
}

template <class T>
void unshuffle(const std::byte* shuffled, std::size_t count, std::byte* out) {
  for (std::size_t i = 0; i < count; ++i) {
    T value = 0;
    for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
      value |= static_cast<T>(shuffled[byte * count + i]) << (8 * byte);
    }
    std::memcpy(out + i * sizeof(T), &value, sizeof(T));
  }
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<char> as_chars(std::span<std::byte> bytes) {
  return {reinterpret_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::size_t pack_column(std::span<const std::byte> values, std::size_t width,
                        std::vector<std::byte>& out) {
  assert(width == 1 || width == 4 || width == 8);
  if (width == 1) return deflate_block(as_text(values), out, kLevel);
  thread_local std::vector<std::byte> shuffled;
  shuffled.resize(values.size());
  if (width == 4) {
    shuffle<std::uint32_t>(values.data(), values.size() / width, shuffled.data());
  } else {
    shuffle<std::uint64_t>(values.data(), values.size() / width, shuffled.data());
  }
  return deflate_block(as_text(shuffled), out, kLevel);
}

void unpack_column(std::span<const std::byte> packed, std::size_t width,
                   std::span<std::byte> values) {
  assert(width == 1 || width == 4 || width == 8);
  if (width == 1) return inflate_block(packed, as_chars(values));
  thread_local std::vector<std::byte> shuffled;
  shuffled.resize(values.size());
  inflate_block(packed, as_chars(shuffled));
  if (width == 4) {
    unshuffle<std::uint32_t>(shuffled.data(), values.size() / width, values.data());
  } else {
    unshuffle<std::uint64_t>(shuffled.data(), values.size() / width, values.data());
  }
}

}  // namespace tally
