#include "core/plan/shard_header.hpp"

#include <random>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "fake_shard.hpp"
#include "temp_dir.hpp"

using tally::Error;
using tally::IntervalSet;
using tally::ShardHeader;

namespace {

const std::filesystem::path kFile = "shard.h5";

ShardHeader sample() {
  ShardHeader header = fake_header(tally::sha256("plan"), "0-9,20-29,31");
  header.element = tally::ElementId(12);
  header.rank = tally::RankId(3);
  header.attempt = tally::AttemptId(2);
  header.failed = {{3, 1, IntervalSet::parse("4")},
                   {4, 1, IntervalSet::parse("5-6")},
                   {4, 2, IntervalSet::parse("31")}};
  return header;
}

// The text of a header with one line replaced and the check line made right again.
std::string with_line(const ShardHeader& header, const std::string& line, const std::string& now) {
  std::string block = header.encode();
  std::string text = block.substr(0, block.find("check "));
  const std::size_t at = text.find(line);
  REQUIRE(at != std::string::npos);
  text.replace(at, line.size(), now);
  text += "check " + tally::sha256(text).short_hex() + "\n";
  text.resize(block.size(), '\0');
  return text;
}

void check_same(const ShardHeader& a, const ShardHeader& b) {
  CHECK(a.encode() == b.encode());
  CHECK(a.items == b.items);
  CHECK(a.plan == b.plan);
  CHECK(a.failed.size() == b.failed.size());
}

}  // namespace

TEST_CASE("a header is readable text in a block of zeros", "[shard_header]") {
  const std::string block = sample().encode();
  CHECK(block.size() == 512);
  const std::string expected =
      "tally-shard 1\nrun digits\nplan " + tally::sha256("plan").hex() +
      "\nblock 512\nelement 12\nrank 3\nattempt 2\ncode 0.1.0\nhost node7\nrecords 21\n"
      "items 0-9,20-29,31\nfailed 3 1 4\nfailed 4 1 5-6\nfailed 4 2 31\ncheck ";
  CHECK(block.substr(0, expected.size()) == expected);
  CHECK(block.substr(expected.size() + 17).find_first_not_of('\0') == std::string::npos);
}

TEST_CASE("a header comes back as it was written", "[shard_header]") {
  const ShardHeader header = sample();
  check_same(ShardHeader::decode(header.encode(), kFile), header);
  check_same(ShardHeader::decode(fake_bytes(header), kFile), header);
}

TEST_CASE("a long header takes the next power of two", "[shard_header]") {
  std::vector<std::uint64_t> ordinals;
  for (std::uint64_t i = 0; i < 4000; ++i) ordinals.push_back(3 * i);
  ShardHeader header = sample();
  header.failed.clear();
  header.items = IntervalSet::of_sorted(ordinals);
  header.records = header.items.size();
  const std::string block = header.encode();
  CHECK(block.size() == 32768);
  CHECK(ShardHeader::user_block_size(block.substr(0, 512), kFile) == 32768);
  check_same(ShardHeader::decode(block, kFile), header);
}

TEST_CASE("a header may fill its block to the last byte", "[shard_header]") {
  ShardHeader header = sample();
  header.code_version.assign(100, 'v');  // a line takes no more than 255: two to share the room
  header.host.append(header.encode().size() - header.encode().find('\0'), 'n');
  const std::string block = header.encode();
  CHECK(block.size() == 512);
  CHECK(block.find('\0') == std::string::npos);
  check_same(ShardHeader::decode(block, kFile), header);
  check_same(ShardHeader::decode(fake_bytes(header), kFile), header);
  header.host += 'n';
  CHECK(header.encode().size() == 1024);
}

TEST_CASE("a host name cannot add lines to a header", "[shard_header]") {
  ShardHeader header = sample();
  header.host = "node7\nrecords 999\xff";
  CHECK(ShardHeader::decode(header.encode(), kFile).host == "node7?records 999?");
}

TEST_CASE("a header cut anywhere is refused", "[shard_header]") {
  const std::string block = sample().encode();
  for (std::size_t size = block.size(); size-- > 0;) {
    CAPTURE(size);
    REQUIRE_THROWS_AS(ShardHeader::decode(block.substr(0, size), kFile), Error);
  }
}

TEST_CASE("a header with any bit flipped is refused", "[shard_header]") {
  const std::string block = sample().encode();
  for (std::size_t at = 0; at < block.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = block;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
      CAPTURE(at, bit);
      REQUIRE_THROWS_AS(ShardHeader::decode(damaged, kFile), Error);
    }
  }
}

TEST_CASE("random bytes are refused", "[shard_header]") {
  std::mt19937 random(23);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = round % 2 == 0 ? "tally-shard 1\nrun x\nplan " : "";
    const std::size_t size = random() % 700;
    while (bytes.size() < size) bytes += static_cast<char>(random());
    REQUIRE_THROWS_AS(ShardHeader::decode(bytes, kFile), Error);
  }
}

TEST_CASE("a lie in a header is refused though its check line agrees", "[shard_header]") {
  struct Bad {
    const char* line;
    const char* now;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {"tally-shard 1", "tally-shard 2", "shard.h5: version: found 2, expected at most 1"},
      {"tally-shard 1", "tally-shard 0",
       "shard.h5: tally-shard: found version 0, expected at least 1"},
      {"tally-shard 1", "tally-shart 1",
       "shard.h5: found no shard header, expected 'tally-shard' at the start"},
      {"run digits", "run ../digits", "shard.h5: run: found '../digits', expected a run id"},
      {"block 512", "block 768",
       "shard.h5: block: found 768, expected a power of two in 512..67108864"},
      {"block 512", "block 9223372036854775808",
       "shard.h5: block: found 9223372036854775808, expected a power of two in 512..67108864"},
      {"block 512", "block 1024", "shard.h5: block: found 512 bytes, expected 1024"},
      {"records 21", "records 22",
       "shard.h5: records: found 22, expected as many as items, 21, and not 0"},
      {"records 21", "records -1", "shard.h5: records: found '-1', expected a number"},
      {"items 0-9,20-29,31", "items 0-9,20-29,28",
       "shard.h5: items: found '28' after 29, expected ascending ranges"},
      {"failed 3 1 4", "failed 3 1 10",
       "shard.h5: failed: found an ordinal that is not in items, expected a part of items"},
      {"failed 3 1 4", "failed 3 1 5",
       "shard.h5: failed: found an ordinal twice, expected it once"},
      {"failed 3 1 4", "failed 4 1 4",
       "shard.h5: failed: found lines out of order, expected ascending outcomes and tries"},
      {"failed 3 1 4", "failed 0 1 4",
       "shard.h5: failed: found outcome 0, try 1, 1 items, expected outcome 3 or 4, try 1..1000 "
       "and at least one item"},
      {"failed 3 1 4", "failed 3", "shard.h5: failed: found a short line, expected three values"},
      {"rank 3\n", "", "shard.h5: rank: found 'attempt 2', expected a line 'rank ...'"},
      {"failed 3 1 4", "wrong 3 1 4",
       "shard.h5: check: found 'wrong 3 1 4', expected a line 'check ...'"},
  }));
  CAPTURE(bad.now);
  CHECK_THROWS_WITH(ShardHeader::decode(with_line(sample(), bad.line, bad.now), kFile),
                    bad.message);
}

TEST_CASE("a header is read from a file without the rest of it", "[shard_header]") {
  const TempDir dir;
  const ShardHeader header = sample();
  check_same(tally::read_shard_header(dir.file("a.h5", fake_bytes(header))), header);
  const auto empty = dir.file("empty.h5", "");
  CHECK_THROWS_WITH(
      tally::read_shard_header(empty),
      empty.string() + ": found no shard header, expected 'tally-shard' at the start");
  CHECK_THROWS_WITH(tally::read_shard_header(dir.path()),
                    dir.path().string() + ": found no regular file, expected a shard");
  const auto absent = dir.path() / "absent.h5";
  CHECK_THROWS_WITH(tally::read_shard_header(absent),
                    absent.string() + ": open: No such file or directory");
}

TEST_CASE("a shard whose bytes do not fit its name is refused", "[shard_header]") {
  const TempDir dir;
  const auto file = put_fake_shard(dir.path(), sample(), 0);
  CHECK(tally::read_verified_shard(file).size() == 512 + 15);
  std::string bytes = fake_bytes(sample());
  bytes.back() = '!';
  const auto damaged = dir.file(file.filename().string(), bytes);
  CHECK_THROWS_WITH(tally::read_verified_shard(damaged),
                    damaged.string() + ": digest: found " + tally::sha256(bytes).short_hex() +
                        ", expected " + tally::sha256(fake_bytes(sample())).short_hex());
  const auto other = dir.file("other.h5", bytes);
  CHECK_THROWS_WITH(
      tally::read_verified_shard(other),
      other.string() + ": found no shard name, expected e<5>-r<3>-a<4>-s<4>.<16 hex>.h5");
}
