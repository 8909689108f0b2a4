#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <csignal>
#include <cstring>

#include "batches.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/shard/column_blocks.hpp"
#include "core/shard/shard_reader.hpp"

// Shards by somebody who means harm: the digest in the name is right, and so are the checksums of
// HDF5's metadata, but the bytes are not what a writer of ours makes. A reading may be refused, may
// meet other values in a column (its author could have written those honestly), and may crash HDF5,
// which is why the aggregator reads in a child. It may never be a shard that breaks the format.

// How a sanitizer ends a program: apart from all verdicts, or its report would count as one. That
// there is no memory is no report: HDF5 asks for what a file says, and takes no for an answer.
constexpr int kSanitizerExit = 99;
extern "C" const char* __asan_default_options() {
  return "exitcode=99:allocator_may_return_null=1";
}
extern "C" const char* __ubsan_default_options() { return "exitcode=99"; }

namespace tally {
namespace {

using Bytes = std::vector<std::byte>;

std::size_t user_block(const Bytes& bytes) {
  return ShardHeader::user_block_size({reinterpret_cast<const char*>(bytes.data()), 512}, "x.h5");
}

// Bob Jenkins' lookup3 (hashlittle, public domain): the checksum of HDF5's metadata.
std::uint32_t lookup3(const std::byte* key, std::size_t length) {
  std::array<std::uint32_t, 3> s{};
  s.fill(0xdeadbeefU + static_cast<std::uint32_t>(length));
  const auto add = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      s[i / 4] += std::to_integer<std::uint32_t>(key[i]) << (8 * (i % 4));
    }
  };
  const auto step = [&](std::size_t a, std::size_t b, std::size_t c, int bits) {
    s[a] -= s[c];
    s[a] ^= std::rotl(s[c], bits);
    s[c] += s[b];
  };
  for (; length > 12; length -= 12, key += 12) {
    add(12);
    step(0, 1, 2, 4);
    step(1, 2, 0, 6);
    step(2, 0, 1, 8);
    step(0, 1, 2, 16);
    step(1, 2, 0, 19);
    step(2, 0, 1, 4);
  }
  if (length == 0) return s[2];
  add(length);
  const auto last = [&](std::size_t a, std::size_t b, int bits) {
    s[a] ^= s[b];
    s[a] -= std::rotl(s[b], bits);
  };
  last(2, 1, 14);
  last(0, 2, 11);
  last(1, 0, 25);
  last(2, 1, 16);
  last(0, 2, 4);
  last(1, 0, 14);
  last(2, 1, 24);
  return s[2];
}

struct Block {
  std::size_t begin = 0;
  std::size_t checksum = 0;  // where it lies; it covers [begin, checksum)
};

// Superblock and object headers, found by their signatures (format specification II.A and
// IV.A.1.b).
std::vector<Block> metadata_blocks(const Bytes& bytes) {
  const std::size_t superblock = user_block(bytes);
  std::vector<Block> blocks{{superblock, superblock + 44}};
  for (std::size_t at = superblock; at + 16 < bytes.size(); ++at) {
    if (std::memcmp(bytes.data() + at, "OHDR", 4) != 0) continue;
    const auto flags = std::to_integer<unsigned>(bytes[at + 5]);
    std::size_t data = at + 6;
    if ((flags & 0x20U) != 0) data += 16;
    if ((flags & 0x10U) != 0) data += 4;
    const std::size_t width = std::size_t{1} << (flags & 3U);
    std::size_t size = 0;
    std::memcpy(&size, bytes.data() + data, width);
    const std::size_t checksum = data + width + size;
    if (checksum + 4 <= bytes.size()) blocks.push_back({at, checksum});
  }
  return blocks;
}

void seal(Bytes& bytes, const Block& block) {
  const std::uint32_t sum = lookup3(bytes.data() + block.begin, block.checksum - block.begin);
  std::memcpy(bytes.data() + block.checksum, &sum, sizeof sum);
}

enum Verdict : int {
  kSame = 0,
  kRefused = 1,
  kOtherValues = 2,
  kBroken = 3,
  kCrashed = 4,
  kReported = 5,  // by a sanitizer
};
using Counts = std::array<int, 6>;

// What the reader's promises leave open are the values of a column.
bool keeps_promises(const RecordBatch& batch, const ShardHeader& header) {
  if (IntervalSet::of_sorted(batch.ordinal) != header.items) return false;
  if (batch.size() != header.records) return false;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (row > 0 && batch.ordinal[row - 1] >= batch.ordinal[row]) return false;
    if (batch.outcome[row] >= kOutcomes || batch.finish_reason[row] > 4) return false;
    if (batch.attempt[row] == 0) return false;
  }
  for (const TextColumn& text : batch.texts) {
    std::uint64_t sum = 0;
    for (const std::uint32_t length : text.lengths) sum += length;
    if (text.lengths.size() != batch.size() || sum != text.bytes.size()) return false;
  }
  return true;
}

int judge(const std::filesystem::path& file, const RecordBatch& original) {
  try {
    const ShardReader shard(read_verified_shard(file), file);
    const RecordBatch batch = read_batch(shard);
    if (!keeps_promises(batch, shard.header())) return kBroken;
    return print(batch) == print(original) ? kSame : kOtherValues;
  } catch (const Error&) {
    return kRefused;
  } catch (const std::exception&) {
    return kBroken;  // anything else is no answer
  }
}

int judge_in_child(const std::filesystem::path& file, const RecordBatch& original) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
      std::signal(signal, SIG_DFL);  // the test framework's handlers would report for the parent
    }
#ifndef __SANITIZE_ADDRESS__
    const rlimit memory{rlim_t{4} << 30U, rlim_t{4} << 30U};
    ::setrlimit(RLIMIT_AS, &memory);
#endif
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::alarm(10);
    ::_exit(judge(file, original));
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (!WIFEXITED(status)) return kCrashed;
  const int code = WEXITSTATUS(status);
  if (code == kSanitizerExit) return kReported;
  return code < kCrashed ? code : kCrashed;
}

RecordBatch target(std::mt19937_64& random, std::size_t rows) {
  RecordBatch batch = random_batch(random, {.rows = rows, .metrics = 1, .longest_text = 60});
  batch.texts[0].bytes.append("so that there is a text");
  batch.texts[0].lengths.back() += 23;
  return batch;
}

void report(const std::string& what, const Counts& counts) {
  WARN(what << ": " << counts[kRefused] << " refused, " << counts[kSame] << " read the same, "
            << counts[kOtherValues] << " read other values, " << counts[kCrashed] << " crashed");
  CHECK(counts[kBroken] == 0);
  CHECK(counts[kReported] == 0);
}

TEST_CASE("the checksum of this test is HDF5's", "[shard][hostile]") {
  std::mt19937_64 random(5);
  RecordBatch batch = target(random, GENERATE(as<std::size_t>{}, 20, kPackedRows));
  const Bytes bytes = encode_shard(test_origin(), batch);
  const std::vector<Block> blocks = metadata_blocks(bytes);
  CHECK(blocks.size() >= 12);
  for (const Block& block : blocks) {
    Bytes copy = bytes;
    seal(copy, block);
    CHECK(copy == bytes);
  }
}

TEST_CASE("random bytes under a right digest never become a broken reading", "[shard][hostile]") {
  std::mt19937_64 random(500);
  const auto [rows, times] = GENERATE(table<std::size_t, int>({{20, 300}, {kPackedRows, 60}}));
  RecordBatch batch = target(random, rows);
  const Bytes bytes = encode_shard(test_origin(), batch);
  const std::size_t superblock = user_block(bytes);
  const TestRun run;
  Counts counts{};
  for (int i = 0; i < times; ++i) {
    Bytes hostile = bytes;
    for (std::size_t edits = 1 + random() % 4; edits > 0; --edits) {
      hostile[superblock + random() % (bytes.size() - superblock)] =
          static_cast<std::byte>(random());
    }
    ++counts[static_cast<std::size_t>(judge_in_child(run.put(hostile), batch))];
  }
  report(fmt::format("{} random edits of {} rows", times, rows), counts);
}

TEST_CASE("edited metadata under right checksums never becomes a broken reading",
          "[shard][hostile]") {
  std::mt19937_64 random(501);
  const auto [rows, times] = GENERATE(table<std::size_t, int>({{20, 700}, {kPackedRows, 120}}));
  RecordBatch batch = target(random, rows);
  const Bytes bytes = encode_shard(test_origin(), batch);
  const std::vector<Block> blocks = metadata_blocks(bytes);
  const TestRun run;
  Counts counts{};
  for (int i = 0; i < times; ++i) {
    Bytes hostile = bytes;
    const Block& block = blocks[random() % blocks.size()];
    for (std::size_t edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = block.begin + 4 + random() % (block.checksum - block.begin - 4);
      hostile[at] = random() % 2 == 0 ? static_cast<std::byte>(random())
                                      : hostile[at] ^ (std::byte{1} << (random() % 8));
    }
    seal(hostile, block);
    ++counts[static_cast<std::size_t>(judge_in_child(run.put(hostile), batch))];
  }
  report(fmt::format("{} edits of metadata, {} rows", times, rows), counts);
}

}  // namespace
}  // namespace tally
