#include "core/shard/column_blocks.hpp"

#include <cstdint>
#include <random>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/shard/text_blocks.hpp"

namespace tally {
namespace {

std::vector<std::byte> noise(std::size_t size) {
  std::mt19937_64 random(size);
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

TEST_CASE("a column unpacks to what went in, at every width", "[shard][column]") {
  const std::size_t width = GENERATE(as<std::size_t>{}, 1, 4, 8);
  const std::size_t rows = GENERATE(as<std::size_t>{}, 1, 7, 1024, 100'003);
  const std::vector<std::byte> values = noise(rows * width);
  std::vector<std::byte> out{std::byte{7}};
  const std::size_t size = pack_column(values, width, out);
  REQUIRE(out.size() == size + 1);  // appended
  std::vector<std::byte> back(values.size());
  unpack_column(std::span(out).subspan(1), width, back);
  CHECK(back == values);
}

TEST_CASE("a packed column is what HDF5's shuffle filter makes, deflated", "[shard][column]") {
  const std::vector<std::uint32_t> values{0x04030201, 0x14131211, 0x24232221};
  std::vector<std::byte> packed;
  pack_column(std::as_bytes(std::span(values)), 4, packed);
  std::string shuffled(12, '\0');
  inflate_block(packed, shuffled);
  CHECK(shuffled == std::string("\x01\x11\x21\x02\x12\x22\x03\x13\x23\x04\x14\x24"));
}

TEST_CASE("a column of another length or a damaged one is refused", "[shard][column]") {
  std::vector<std::byte> packed;
  pack_column(noise(80), 8, packed);
  std::vector<std::byte> shorter(72);
  CHECK_THROWS_WITH(unpack_column(packed, 8, shorter),
                    "block: found more than 72 bytes, expected 72");
  std::vector<std::byte> back(80);
  packed.back() ^= std::byte{1};
  CHECK_THROWS_WITH(unpack_column(packed, 8, back),
                    "block: found a damaged stream, expected RFC 1950");
}

}  // namespace
}  // namespace tally
