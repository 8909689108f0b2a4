#include <fmt/format.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "batches.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/shard/column_blocks.hpp"
#include "core/shard/shard_reader.hpp"
#include "core/shard/text_blocks.hpp"
#include "skip.hpp"

namespace tally {
namespace {

struct Finished {
  std::string output;
  int code = -1;
};

Finished run_command(const std::string& command) {
  Finished finished;
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    finished.output.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return finished;
}

TEST_CASE("any batch reads back as it was written", "[shard]") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  RecordBatch batch = random_batch(
      random, {.rows = 1 + random() % 200, .metrics = random() % 4, .first = random()});
  const TestRun run;
  const CommittedShard committed = commit_shard(run.get(), test_origin(), 5, batch);
  CHECK(committed.records == batch.size());
  CHECK(committed.bytes == std::filesystem::file_size(run.get().shards() / committed.name));
  CHECK(print(run.read(committed.name)) == print(batch));
}

TEST_CASE("a shard reads back on both sides of where columns become packed", "[shard]") {
  const std::size_t rows =
      GENERATE(as<std::size_t>{}, kPackedRows - 1, kPackedRows, kPackedRows + 1, 5'000);
  std::mt19937_64 random(rows);
  RecordBatch batch = random_batch(random, {.rows = rows, .metrics = 2, .longest_text = 20});
  const TestRun run;
  const auto file = run.put(encode_shard(test_origin(), batch));
  const ShardReader shard(read_verified_shard(file), file);
  CHECK(print(read_batch(shard)) == print(batch));
}

TEST_CASE("columns that hold little take little", "[shard]") {
  RecordBatch batch;
  for (Ordinal i = 0; i < 20'000; ++i) {
    Record record;
    record.ordinal = 7 * i;
    record.outcome = Outcome::scored;
    record.score = 1.0;
    batch.add(record);
  }
  const std::size_t header = 512 * 1024;  // the ordinals, one by one, as text
  CHECK(encode_shard(test_origin(), batch).size() < header + 20'000);
}

TEST_CASE("texts longer than a block read back, whole and block by block", "[shard]") {
  std::mt19937_64 random(7);
  RecordBatch batch = random_batch(random, {.rows = 9, .longest_text = 300'000});
  batch.texts[0].bytes.append(3 * kTextBlock, 'z');  // at least four blocks, last one padded
  batch.texts[0].lengths.back() += 3 * static_cast<std::uint32_t>(kTextBlock);
  const TestRun run;
  const auto file = run.put(encode_shard(test_origin(), batch));
  const ShardReader shard(read_verified_shard(file), file);
  CHECK(print(read_batch(shard)) == print(batch));

  const std::size_t total = batch.texts[0].bytes.size();
  REQUIRE(shard.text_size(Text::completion) == total);
  REQUIRE(shard.text_blocks(Text::completion) == (total + kTextBlock - 1) / kTextBlock);
  std::size_t sum = 0;
  for (std::size_t i = 0; i < shard.text_blocks(Text::completion); ++i) {
    TextBlock block;
    shard.read_text_block(Text::completion, i, block);
    std::string unpacked(kTextBlock, '\1');  // the last block is padded to a whole one
    inflate_block(block.deflated, unpacked);
    CHECK(batch.texts[0].bytes.compare(sum, block.text_bytes, unpacked, 0, block.text_bytes) == 0);
    CHECK(unpacked.find_first_not_of('\0', block.text_bytes) == std::string::npos);
    sum += block.text_bytes;
  }
  CHECK(sum == total);
}

TEST_CASE("a text that no record has takes no dataset", "[shard]") {
  RecordBatch batch = batch_of({plain_record(1), plain_record(2)});
  const TestRun run;
  const auto file = run.put(encode_shard(test_origin(), batch));
  const ShardReader shard(read_verified_shard(file), file);
  CHECK(shard.text_blocks(Text::answer) == 0);
  CHECK(shard.unpack_text(Text::answer).empty());
  CHECK(shard.columns().texts[1].lengths == std::vector<std::uint32_t>{0, 0});
  const auto listed = run_command("h5ls " + file.string());
  CHECK(listed.code == 0);
  CHECK_THAT(listed.output, TALLY_CONTAINS("completion"));
  CHECK(listed.output.find("answer") == std::string::npos);
}

TEST_CASE("the header says who wrote what, and what failed", "[shard]") {
  std::vector<Record> records{plain_record(4), plain_record(5), plain_record(6), plain_record(9)};
  records[1].outcome = Outcome::infra_error;
  records[1].attempt = 2;
  records[3].outcome = Outcome::generation_error;
  RecordBatch batch = batch_of(records);
  const TestRun run;
  const std::string name = commit_shard(run.get(), test_origin(), 42, batch).name;
  CHECK_THAT(name, TALLY_CONTAINS("e00012-r003-a0002-s0042."));
  const ShardHeader header = read_shard_header(run.get().shards() / name);
  CHECK(header.run_id == "digits");
  CHECK(header.plan == test_origin().plan);
  CHECK(header.code_version == "0.1.0");
  CHECK(header.host == "node7");
  CHECK(header.records == 4);
  CHECK(header.items.text() == "4-6,9");
  REQUIRE(header.failed.size() == 2);
  CHECK(header.failed[0].outcome == 3);
  CHECK(header.failed[0].attempt == 1);
  CHECK(header.failed[0].items.text() == "9");
  CHECK(header.failed[1].outcome == 4);
  CHECK(header.failed[1].attempt == 2);
  CHECK(header.failed[1].items.text() == "5");
}

TEST_CASE("the bytes are a function of records and origin", "[shard]") {
  std::mt19937_64 random(11);
  RecordBatch batch = random_batch(random, {.rows = 50, .metrics = 2});
  RecordBatch copy = batch;
  const std::vector<std::byte> bytes = encode_shard(test_origin(), batch);
  CHECK(bytes == encode_shard(test_origin(), copy));
  // The superblock names the file's end: nothing stands after it.
  std::uint64_t end = 0;
  std::memcpy(&end, bytes.data() + 512 + 28, sizeof end);
  CHECK(end == bytes.size());
  // No object carries its time (bit 5 of an object header's flags): the same records committed a
  // second later are the same shard.
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t objects = 0;
  for (std::size_t at = text.find("OHDR"); at != text.npos; at = text.find("OHDR", at + 1)) {
    CHECK((std::to_integer<unsigned>(bytes[at + 5]) & 0x20U) == 0);
    ++objects;
  }
  CHECK(objects >= 10);
}

TEST_CASE("committing the same records again is the same shard", "[shard]") {
  RecordBatch batch = batch_of({plain_record(1)});
  const TestRun run;
  const std::string first = commit_shard(run.get(), test_origin(), 0, batch).name;
  CHECK(commit_shard(run.get(), test_origin(), 0, batch).name == first);
  CHECK(run.names() == std::vector<std::string>{first});
  CHECK(std::filesystem::is_empty(run.get().temp()));
}

TEST_CASE("a metric column whose name is no name is not written", "[shard]") {
  RecordBatch batch;
  batch.metric_names = {"a/b"};
  Record record = plain_record(1);
  record.metrics = {1.0F};
  batch.add(record);
  CHECK_THROWS_WITH(encode_shard(test_origin(), batch),
                    "metric column: found name \"a/b\", expected [a-z][a-z0-9_]{0,62}");
}

const char* const kPython = R"py(
import sys
try:
    import h5py
except ImportError:
    sys.exit(99)
with h5py.File(sys.argv[1], "r") as shard:
    lengths = shard["completion_len"][:]
    text = shard["completion_bytes"][:].tobytes()
    ends = lengths.cumsum(dtype="u8")
    for i, ordinal in enumerate(shard["ordinal"][:]):
        begin = int(ends[i]) - int(lengths[i])
        print(ordinal, shard["score"][i], shard["metrics/depth"][i], text[begin:ends[i]].hex())
)py";

TEST_CASE("stock h5py reads a shard, several blocks of text and packed columns included",
          "[.][h5py]") {
  const auto [rows, length] = GENERATE(table<Ordinal, std::size_t>({{3, 200'000}, {2'000, 9}}));
  RecordBatch batch;
  batch.metric_names = {"depth"};
  std::string expected;
  for (Ordinal i = 0; i < rows; ++i) {
    Record record = plain_record(10 + i);
    record.metrics = {0.25F};
    record.texts[0].append(length, "abc"[i % 3]);
    batch.add(record);
    expected += fmt::format("{} {}.0 0.25 ", 10 + i, 10 + i);
    for (const char c : record.texts[0]) expected += fmt::format("{:02x}", c);
    expected += "\n";
  }
  const TestRun run;
  const auto shard = run.put(encode_shard(test_origin(), batch));
  const TempDir dir;
  const auto script = dir.file("read.py", kPython);
  const Finished done =
      run_command(fmt::format("/usr/bin/python3 {} {}", script.string(), shard.string()));
  if (done.code == 99 || done.code == 127) skip_entry("/usr/bin/python3 has no h5py");
  CHECK(done.code == 0);
  CHECK(done.output == expected);
}

TEST_CASE("h5dump lists a shard and unpacks its text", "[.][h5dump]") {
  if (run_command("command -v h5dump").code != 0) skip_entry("there is no h5dump");
  RecordBatch batch = batch_of({plain_record(1)});
  const TestRun run;
  const auto shard = run.put(encode_shard(test_origin(), batch));
  const Finished done = run_command(fmt::format("h5dump -r {}", shard.string()));
  CHECK(done.code == 0);
  CHECK_THAT(done.output, TALLY_CONTAINS("DATASET \"ordinal\""));
  CHECK_THAT(done.output, TALLY_CONTAINS("text of 1"));
}

}  // namespace
}  // namespace tally
