#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <limits>

#include "batches.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/shard/column_blocks.hpp"
#include "core/shard/hdf5.hpp"
#include "core/shard/shard_reader.hpp"

namespace tally {
namespace {

std::vector<std::byte> shard_of(Ordinal rows) {
  RecordBatch batch;
  batch.metric_names = {"depth"};
  for (Ordinal i = 1; i <= rows; ++i) {
    Record record = plain_record(i);
    record.metrics = {1.0F};
    batch.add(record);
  }
  return encode_shard(test_origin(), batch);
}

std::vector<std::byte> small_shard() { return shard_of(3); }
std::vector<std::byte> packed_shard() { return shard_of(kPackedRows); }

TEST_CASE("a shard cut at any byte is refused", "[shard][damage]") {
  const TestRun run;
  const std::vector<std::byte> bytes = small_shard();
  const auto file = run.put(bytes);
  for (std::size_t size = bytes.size(); size-- > 0;) {
    std::filesystem::resize_file(file, size);
    CAPTURE(size);
    REQUIRE_THROWS_WITH(read_verified_shard(file), TALLY_CONTAINS("digest: found "));
  }
}

TEST_CASE("2000 flipped bits are refused", "[shard][damage]") {
  const TestRun run;
  std::vector<std::byte> bytes = GENERATE(small_shard(), packed_shard());
  const std::string name = run.put(bytes).filename().string();
  std::mt19937_64 random(2000);
  for (int i = 0; i < 2000; ++i) {
    const std::size_t byte = random() % bytes.size();
    const auto bit = std::byte{1} << (random() % 8);
    bytes[byte] ^= bit;
    std::filesystem::rename(run.put(bytes), run.get().shards() / name);
    CAPTURE(byte, bit);
    REQUIRE_THROWS_WITH(read_verified_shard(run.get().shards() / name),
                        TALLY_CONTAINS("digest: found "));
    bytes[byte] ^= bit;
  }
}

TEST_CASE("even without its digest a cut or foreign shard is refused", "[shard][damage]") {
  const std::vector<std::byte> bytes = small_shard();
  for (std::size_t size = 0; size < bytes.size(); size += 13) {
    CAPTURE(size);
    std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE_THROWS_AS(ShardReader(std::move(cut), "cut.h5"), Error);
  }
  std::vector<std::byte> no_hdf5 = bytes;
  no_hdf5.at(512) = std::byte{0};
  CHECK_THROWS_WITH(ShardReader(std::move(no_hdf5), "x.h5"), TALLY_CONTAINS("x.h5: /: open: "));
}

TEST_CASE("a shard of a newer version is refused", "[shard][damage]") {
  std::vector<std::byte> bytes = small_shard();
  REQUIRE(bytes.at(12) == std::byte{'1'});  // "tally-shard 1"
  bytes[12] = std::byte{'2'};
  CHECK_THROWS_WITH(ShardReader(std::move(bytes), "new.h5"),
                    "new.h5: version: found 2, expected at most 1");
}

// The shard after `edit` with HDF5's own means: well-formed, but not ours.
std::vector<std::byte> edited(const std::function<void(hid_t)>& edit,
                              const std::vector<std::byte>& bytes = small_shard()) {
  const TempDir dir;
  const auto file =
      dir.file("shard.h5", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  H5File shard(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
  REQUIRE(shard.get() >= 0);
  edit(shard.get());
  shard.close({Errc::internal, file, "/"});
  return read_bytes(file, 1 << 20);
}

void replace(hid_t file, const char* name, hid_t type, std::vector<hsize_t> dims,
             const std::function<void(hid_t)>& set = {}) {
  if (H5Lexists(file, name, H5P_DEFAULT) > 0) H5Ldelete(file, name, H5P_DEFAULT);
  const H5Space space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr));
  const H5PropertyList list(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_alloc_time(list.get(), H5D_ALLOC_TIME_EARLY);
  if (set) set(list.get());
  const H5Dataset made(
      H5Dcreate2(file, name, type, space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT));
  REQUIRE(made.get() >= 0);
}

template <class T>
void overwrite(hid_t file, const char* name, hid_t type, const std::vector<T>& values) {
  const H5Dataset dataset(H5Dopen2(file, name, H5P_DEFAULT));
  REQUIRE(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
}

void chunk(hid_t list, hsize_t size) { H5Pset_chunk(list, 1, &size); }

struct Foreign {
  std::function<void(hid_t)> edit;
  std::string message;
};

void check_refused(const Foreign& foreign, const std::vector<std::byte>& bytes = small_shard()) {
  CAPTURE(foreign.message);
  CHECK_THROWS_WITH(ShardReader(edited(foreign.edit, bytes), "x.h5"),
                    TALLY_CONTAINS("x.h5: " + foreign.message));
}

TEST_CASE("objects that the format does not know are refused", "[shard][damage]") {
  const std::vector<Foreign> cases{
      {[](hid_t f) { H5Ldelete(f, "score", H5P_DEFAULT); },
       "score: found nothing, expected a dataset"},
      {[](hid_t f) { H5Ldelete(f, "completion_len", H5P_DEFAULT); },
       "completion_len: found nothing, expected a dataset"},
      {[](hid_t f) { H5Ldelete(f, "completion_bytes", H5P_DEFAULT); },
       "completion_len: found an object the format does not know"},
      {[](hid_t f) { replace(f, "extra", H5T_STD_U8LE, {3}); },
       "extra: found an object the format does not know"},
      {[](hid_t f) { H5Lcreate_soft("/score", f, "soft", H5P_DEFAULT, H5P_DEFAULT); },
       "/: found a soft or external link, expected hard links"},
      {[](hid_t f) { H5Lcreate_external("/etc/passwd", "/", f, "away", H5P_DEFAULT, H5P_DEFAULT); },
       "/: found a soft or external link, expected hard links"},
      {[](hid_t f) { replace(f, "metrics/Bad", H5T_IEEE_F32LE, {3}); },
       "metrics/Bad: found no metric name, expected [a-z][a-z0-9_]{0,62}"},
      {[](hid_t f) { replace(f, "metrics", H5T_IEEE_F32LE, {3}); }, "metrics: open: "},
      {[](hid_t f) {
         H5Ldelete(f, "score", H5P_DEFAULT);
         const H5Group group(H5Gcreate2(f, "score", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
       },
       "score: open: "},
  };
  for (const Foreign& foreign : cases) check_refused(foreign);
}

TEST_CASE("columns of another type, shape or layout are refused", "[shard][damage]") {
  const std::string other_type = "found another type, expected that of docs/formats.md#shard";
  const std::vector<Foreign> cases{
      {[](hid_t f) { replace(f, "score", H5T_IEEE_F32LE, {3}); }, "score: " + other_type},
      {[](hid_t f) { replace(f, "ordinal", H5T_STD_U64BE, {3}); }, "ordinal: " + other_type},
      {[](hid_t f) { replace(f, "metrics/depth", H5T_IEEE_F64LE, {3}); },
       "metrics/depth: " + other_type},
      {[](hid_t f) {
         replace(f, "outcome", H5T_STD_U8LE, {3, 1});
       },
       "outcome: found rank 2, expected 1"},
      {[](hid_t f) { replace(f, "outcome", H5T_STD_U8LE, {4}); },
       "outcome: found 4 rows, expected 3"},
      {[](hid_t f) { replace(f, "score", H5T_IEEE_F64LE, {3}, [](hid_t l) { chunk(l, 3); }); },
       "score: found another layout, expected contiguous"},
      {[](hid_t f) {
         replace(f, "score", H5T_IEEE_F64LE, {3}, [](hid_t l) { H5Pset_layout(l, H5D_COMPACT); });
       },
       "score: found another layout, expected contiguous"},
      {[](hid_t f) {
         replace(f, "score", H5T_IEEE_F64LE, {3},
                 [](hid_t l) { H5Pset_external(l, "/etc/passwd", 0, 24); });
       },
       "score: found another layout, expected contiguous"},
  };
  for (const Foreign& foreign : cases) check_refused(foreign);
}

void put_block(hid_t file, const char* name, std::uint32_t skipped, std::string_view block) {
  const H5Dataset dataset(H5Dopen2(file, name, H5P_DEFAULT));
  const hsize_t offset = 0;
  REQUIRE(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, skipped, &offset, block.size(),
                         block.data()) >= 0);
}

TEST_CASE("packed columns that are not what they should be are refused", "[shard][damage]") {
  const std::vector<Foreign> cases{
      {[](hid_t f) { replace(f, "score", H5T_IEEE_F64LE, {kPackedRows}); },
       "score: found another layout, expected chunks"},
      {[](hid_t f) {
         replace(f, "score", H5T_IEEE_F64LE, {kPackedRows}, [](hid_t l) { chunk(l, 9); });
       },
       "score: found chunks of 9, expected 1024"},
      {[](hid_t f) {
         replace(f, "score", H5T_IEEE_F64LE, {kPackedRows}, [](hid_t l) {
           chunk(l, kPackedRows);
           H5Pset_deflate(l, 1);
         });
       },
       "score: found other filters, expected shuffle and deflate"},
      {[](hid_t f) {
         replace(f, "score", H5T_IEEE_F64LE, {kPackedRows}, [](hid_t l) {
           H5Pset_alloc_time(l, H5D_ALLOC_TIME_INCR);
           chunk(l, kPackedRows);
           H5Pset_shuffle(l);
           H5Pset_deflate(l, 1);
         });
       },
       "score: found a block of 0 bytes"},
      {[](hid_t f) { put_block(f, "score", 0, "waste"); },
       "score: block: found a damaged stream, expected RFC 1950"},
      {[](hid_t f) { put_block(f, "outcome", 1, std::string(kPackedRows, '\0')); },
       "outcome: found a block that skipped a filter, expected none skipped"},
      {[](hid_t f) {
         overwrite(f, "outcome", H5T_STD_U8LE, std::vector<std::uint8_t>(kPackedRows, 6));
       },
       "outcome: found 6, expected 0..5"},
  };
  for (const Foreign& foreign : cases) check_refused(foreign, packed_shard());
}

TEST_CASE("values that contradict the header or the format are refused", "[shard][damage]") {
  using U8 = std::vector<std::uint8_t>;
  using U32 = std::vector<std::uint32_t>;
  using U64 = std::vector<std::uint64_t>;
  const std::vector<Foreign> cases{
      {[](hid_t f) {
         overwrite(f, "ordinal", H5T_STD_U64LE, U64{1, 3, 2});
       },
       "ordinal: found rows out of order, expected strictly ascending"},
      {[](hid_t f) {
         overwrite(f, "ordinal", H5T_STD_U64LE, U64{1, 2, 2});
       },
       "ordinal: found rows out of order, expected strictly ascending"},
      {[](hid_t f) {
         overwrite(f, "ordinal", H5T_STD_U64LE, U64{1, 2, 4});
       },
       "ordinal: found other ordinals than the header lists, expected the same"},
      {[](hid_t f) {
         overwrite(f, "outcome", H5T_STD_U8LE, U8{0, 6, 0});
       },
       "outcome: found 6, expected 0..5"},
      {[](hid_t f) {
         overwrite(f, "finish_reason", H5T_STD_U8LE, U8{0, 5, 0});
       },
       "finish_reason: found 5, expected 0..4"},
      {[](hid_t f) {
         overwrite(f, "outcome", H5T_STD_U8LE, U8{0, 4, 0});
       },
       "outcome: found other failures than the header lists, expected the same"},
      {[](hid_t f) {
         overwrite(f, "attempt", H5T_STD_U32LE, U32{1, 0, 1});
       },
       "attempt: found 0, expected 1 or more"},
      {[](hid_t f) {
         overwrite(f, "completion_len", H5T_STD_U32LE, U32{9, 9, 10});
       },
       "completion_bytes: found 27 bytes, expected 28"},
  };
  for (const Foreign& foreign : cases) check_refused(foreign);
}

TEST_CASE("scores that contradict the outcomes are refused", "[shard][damage]") {
  using F64 = std::vector<double>;
  using U8 = std::vector<std::uint8_t>;
  const std::vector<Foreign> cases{
      {[](hid_t f) {
         overwrite(f, "score", H5T_IEEE_F64LE, F64{1, std::nan(""), 3});
       },
       "score: found nan for scored in row 1, expected a finite number"},
      {[](hid_t f) {
         overwrite(f, "score", H5T_IEEE_F64LE, F64{1, 2, std::numeric_limits<double>::infinity()});
       },
       "score: found inf for scored in row 2, expected a finite number"},
      {[](hid_t f) {
         overwrite(f, "outcome", H5T_STD_U8LE, U8{1, 0, 0});
       },
       "score: found 1 for no_answer in row 0, expected 0"},
      {[](hid_t f) {
         overwrite(f, "outcome", H5T_STD_U8LE, U8{0, 2, 0});
       },
       "score: found 2 for timeout in row 1, expected 0"},
      {[](hid_t f) {
         overwrite(f, "outcome", H5T_STD_U8LE, U8{0, 0, 5});
       },
       "score: found 3 for invalid in row 2, expected NaN"},
  };
  for (const Foreign& foreign : cases) check_refused(foreign);
}

TEST_CASE("texts of another layout are refused", "[shard][damage]") {
  const std::vector<Foreign> cases{
      {[](hid_t f) { replace(f, "completion_bytes", H5T_STD_U8LE, {27}); },
       "completion_bytes: found another layout, expected chunks"},
      {[](hid_t f) {
         replace(f, "completion_bytes", H5T_STD_U8LE, {27}, [](hid_t l) { chunk(l, 9); });
       },
       "completion_bytes: found chunks of 9, expected 27"},
      {[](hid_t f) {
         replace(f, "completion_bytes", H5T_STD_U8LE, {27}, [](hid_t l) { chunk(l, 27); });
       },
       "completion_bytes: found other filters, expected deflate alone"},
      {[](hid_t f) {
         replace(f, "completion_bytes", H5T_STD_U8LE, {27}, [](hid_t l) {
           chunk(l, 27);
           H5Pset_shuffle(l);
           H5Pset_deflate(l, 1);
         });
       },
       "completion_bytes: found other filters, expected deflate alone"},
      {[](hid_t f) {
         replace(f, "completion_bytes", H5T_STD_U8LE, {std::uint64_t{1} << 60U}, [](hid_t l) {
           H5Pset_alloc_time(l, H5D_ALLOC_TIME_INCR);
           chunk(l, 262144);
           H5Pset_deflate(l, 1);
         });
       },
       "completion_bytes: found 1152921504606846976 bytes, expected 27"},
  };
  for (const Foreign& foreign : cases) check_refused(foreign);
}

TEST_CASE("a block that does not unpack is named when it is read", "[shard][damage]") {
  std::vector<std::byte> bytes = edited([](hid_t f) {
    const H5Dataset dataset(H5Dopen2(f, "completion_bytes", H5P_DEFAULT));
    const hsize_t offset = 0;
    H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, &offset, 5, "waste");
  });
  const ShardReader shard(std::move(bytes), "x.h5");
  CHECK_THROWS_WITH(
      shard.unpack_text(Text::completion),
      "x.h5: completion_bytes: block 0: block: found a damaged stream, expected RFC 1950");
}

TEST_CASE("a block stored without its filter is refused", "[shard][damage]") {
  std::vector<std::byte> bytes = edited([](hid_t f) {
    const H5Dataset dataset(H5Dopen2(f, "completion_bytes", H5P_DEFAULT));
    const hsize_t offset = 0;
    const std::string plain(27, 'x');
    H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 1, &offset, plain.size(), plain.data());
  });
  const ShardReader shard(std::move(bytes), "x.h5");
  TextBlock block;
  CHECK_THROWS_WITH(
      shard.read_text_block(Text::completion, 0, block),
      "x.h5: completion_bytes: found a block that skipped a filter, expected none skipped");
}

}  // namespace
}  // namespace tally
