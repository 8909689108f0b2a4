#include "core/shard/text_blocks.hpp"

#include <zlib.h>

#include <random>

#include "catch.hpp"
#include "core/base/error.hpp"

namespace tally {
namespace {

std::string noise(std::size_t size) {
  std::mt19937_64 random(size);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

TEST_CASE("a block unpacks to what went in, with our code and with zlib", "[shard][text]") {
  const std::string text =
      GENERATE(std::string("a"), std::string(kTextBlock, 'x'), std::string("nul\0nul", 7),
               noise(1000), noise(kTextBlock), noise(5 * kTextBlock + 3));
  std::vector<std::byte> out{std::byte{7}};
  const std::size_t size = deflate_block(text, out);
  REQUIRE(out.size() == size + 1);  // appended
  const std::span<const std::byte> block(out.data() + 1, size);

  std::string ours(text.size(), '\0');
  inflate_block(block, ours);
  CHECK(ours == text);

  std::string theirs(text.size(), '\0');
  uLongf length = theirs.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(theirs.data()), &length,
                     reinterpret_cast<const Bytef*>(block.data()), block.size()) == Z_OK);
  CHECK(theirs == text);
}

TEST_CASE("a block that is not what it should be is refused", "[shard][text]") {
  std::vector<std::byte> block;
  deflate_block("ten bytes.", block);
  std::string ten(10, '\0');
  std::string nine(9, '\0');
  std::string eleven(11, '\0');
  CHECK_THROWS_WITH(inflate_block(block, nine), "block: found more than 9 bytes, expected 9");
  CHECK_THROWS_WITH(inflate_block(block, eleven), "block: found 10 bytes, expected 11");
  std::vector<std::byte> longer = block;
  longer.push_back(std::byte{0});
  CHECK_THROWS_WITH(inflate_block(longer, ten),
                    "block: found 1 bytes after the stream, expected 0");
  std::vector<std::byte> damaged = block;
  damaged.back() ^= std::byte{1};
  CHECK_THROWS_WITH(inflate_block(damaged, ten),
                    "block: found a damaged stream, expected RFC 1950");
}

}  // namespace
}  // namespace tally
