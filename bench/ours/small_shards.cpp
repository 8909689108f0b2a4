// bench-small-shards MODE DIR COUNT: reads COUNT shards of 128 rows and prints microseconds per
// shard.
//   make           writes the shards into DIR (not measured)
//   ours           read the file, open, every column, the text unpacked
//   ours-verified  the same, and each file's SHA-256 compared with its name
//   bare           HDF5's C API on the same files: open, read every dataset, close; nothing checked
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "bench/ours/sample_text.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/tool_main.hpp"
#include "core/shard/hdf5.hpp"
#include "core/shard/shard_reader.hpp"
#include "core/shard/shard_writer.hpp"

namespace tally::bench {
namespace {

constexpr std::size_t kRows = 128;
constexpr std::uint64_t kMostBytes = 1U << 20U;
using Files = std::vector<std::filesystem::path>;

void make(const std::filesystem::path& dir, std::size_t count) {
  const std::vector<std::string> texts = sample_texts(4096);
  const ShardOrigin origin{"bench", {}, ElementId(0), RankId(0), AttemptId(1), "bench", "bench"};
  std::filesystem::create_directories(dir);
  RecordBatch batch;
  for (std::size_t shard = 0; shard < count; ++shard) {
    batch.clear();
    for (std::size_t row = 0; row < kRows; ++row) {
      Record record;
      record.ordinal = shard * kRows + row;
      record.outcome = Outcome::scored;
      record.score = 1.0 / static_cast<double>(1 + record.ordinal);
      record.texts[0] = texts[record.ordinal % texts.size()];
      batch.add(record);
    }
    const std::vector<std::byte> bytes = encode_shard(origin, batch);
    const ShardName name{origin.element, origin.rank, origin.attempt,
                         static_cast<std::uint32_t>(shard), sha256(bytes).short_hex()};
    std::ofstream(dir / name.text(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
}

Files first_files(const std::filesystem::path& dir, std::size_t count) {
  Files files;
  for (const auto& entry : std::filesystem::directory_iterator(dir)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.size() < count) throw Error(Errc::usage, fmt::format("found {} files", files.size()));
  files.resize(count);
  return files;
}

double read_ours(const Files& files, bool verify) {
  double sum = 0.0;
  for (const auto& file : files) {
    const ShardReader shard(verify ? read_verified_shard(file) : read_bytes(file, kMostBytes),
                            file);
    const std::string text = shard.unpack_text(Text::completion);
    sum += shard.columns().score[0] + static_cast<double>(text[0]);
  }
  return sum;
}

struct Column {
  const char* name;
  hid_t type;
};

double read_bare(const Files& files) {
  const std::array<Column, 10> columns{{{"ordinal", H5T_NATIVE_UINT64},
                                        {"outcome", H5T_NATIVE_UINT8},
                                        {"finish_reason", H5T_NATIVE_UINT8},
                                        {"tokens_in", H5T_NATIVE_UINT32},
                                        {"tokens_out", H5T_NATIVE_UINT32},
                                        {"seconds", H5T_NATIVE_FLOAT},
                                        {"attempt", H5T_NATIVE_UINT32},
                                        {"completion_len", H5T_NATIVE_UINT32},
                                        {"completion_bytes", H5T_NATIVE_UINT8},
                                        {"score", H5T_NATIVE_DOUBLE}}};
  std::vector<double> buffer(kMostBytes / sizeof(double));
  double sum = 0.0;
  for (const auto& file : files) {
    const H5Context at{Errc::data, file, "/"};
    const H5File shard(h5_check(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), "open", at));
    for (const Column& column : columns) {
      const H5Dataset dataset(
          h5_check(H5Dopen2(shard.get(), column.name, H5P_DEFAULT), "open", at));
      h5_check(H5Dread(dataset.get(), column.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer.data()),
               "read", at);
    }
    sum += buffer[0];
  }
  return sum;
}

int run(const std::string& mode, const std::filesystem::path& dir, std::size_t count) {
  start_hdf5();
  if (mode == "make") {
    make(dir, count);
    return 0;
  }
  const Files files = first_files(dir, count);
  const auto start = std::chrono::steady_clock::now();
  double sum = 0.0;
  if (mode == "ours" || mode == "ours-verified") {
    sum = read_ours(files, mode == "ours-verified");
  } else if (mode == "bare") {
    sum = read_bare(files);
  } else {
    throw Error(Errc::usage, fmt::format("found mode {}", mode));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (sum == 0.0) throw Error(Errc::internal, "found no data");
  fmt::print("{} {:.3f}\n", mode, 1e6 * took.count() / static_cast<double>(count));
  return 0;
}

}  // namespace
}  // namespace tally::bench

int main(int argc, char** argv) {
  return tally::tool_main("bench-small-shards", [&] {
    if (argc != 4) throw tally::Error(tally::Errc::usage, "expected MODE DIR COUNT");
    return tally::bench::run(argv[1], argv[2], std::stoul(argv[3]));
  });
}
