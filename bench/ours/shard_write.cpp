// bench-shard-write MODE ROWS DIR: writes ROWS rows of (id, score, tokens, text of about 210 bytes)
// and prints CPU microseconds per row and bytes per row.
//   ours           RecordBatch::add() and commit_shard() with a commit every 100,000 records
//   packed-gzip    HDF5: packed text, columns through shuffle and its own gzip level 1
//   vlen-gzip      HDF5: variable-length strings, 4096 rows a write, gzip level 1
//   vlen-by-row    HDF5: variable-length strings, a write per row
#include <fmt/format.h>
#include <sys/resource.h>

#include <filesystem>
#include <functional>
#include <map>

#include "bench/ours/sample_text.hpp"
#include "core/base/error.hpp"
#include "core/base/tool_main.hpp"
#include "core/shard/hdf5.hpp"
#include "core/shard/shard_writer.hpp"

namespace tally::bench {
namespace {

constexpr std::size_t kTexts = 20'000;
constexpr std::size_t kCommit = 100'000;
constexpr hsize_t kRowChunk = 4096;
constexpr hsize_t kTextChunk = 256 * 1024;

double cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// What every mode writes: row i has text i modulo the number of texts.
struct Rows {
  std::size_t count = 0;
  std::vector<std::string> texts;
  std::vector<double> scores;

  [[nodiscard]] const std::string& text(std::size_t i) const { return texts[i % texts.size()]; }
  [[nodiscard]] double score(std::size_t i) const { return scores[i % scores.size()]; }
  [[nodiscard]] static std::uint32_t tokens(std::size_t i) {
    return static_cast<std::uint32_t>(i % 512);
  }
};

Rows make_rows(std::size_t count) {
  Rows rows{count, sample_texts(kTexts), {}};
  std::mt19937_64 random(2);
  for (std::size_t i = 0; i < kTexts; ++i) {
    rows.scores.push_back(std::uniform_real_distribution<double>()(random));
  }
  return rows;
}

// CPU seconds of the writing.
double write_ours(const Rows& rows, const std::filesystem::path& dir) {
  const RunDir run(dir);
  const ShardOrigin origin{"bench", {}, ElementId(0), RankId(0), AttemptId(1), "bench", "bench"};
  RecordBatch batch;
  std::vector<Record> records(rows.texts.size());  // as a generator hands them over
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].outcome = Outcome::scored;
    records[i].texts[0] = rows.texts[i];
  }
  const double before = cpu_seconds();
  std::uint32_t sequence = 0;
  for (std::size_t i = 0; i < rows.count; ++i) {
    Record& record = records[i % records.size()];
    record.ordinal = i;
    record.score = rows.score(i);
    record.tokens_out = Rows::tokens(i);
    batch.add(record);
    if (batch.size() == kCommit || i + 1 == rows.count) {
      commit_shard(run, origin, sequence++, batch);
      batch.clear();
    }
  }
  return cpu_seconds() - before;
}

const std::filesystem::path kAnyFile("bench");
const H5Context kAt{Errc::internal, kAnyFile, "/"};

/// A dataset that grows by whole batches.
class Column {
 public:
  Column(const H5File& file, const char* name, hid_t type, hsize_t chunk, bool is_vlen = false)
      : type_(type) {
    const hsize_t none = 0;
    const hsize_t no_limit = H5S_UNLIMITED;
    const H5Space space(h5_check(H5Screate_simple(1, &none, &no_limit), "space", kAt));
    const H5PropertyList list(h5_check(H5Pcreate(H5P_DATASET_CREATE), "list", kAt));
    h5_check(H5Pset_chunk(list.get(), 1, &chunk), "chunk", kAt);
    if (!is_vlen) H5Pset_fill_time(list.get(), H5D_FILL_TIME_NEVER);
    if (chunk == kRowChunk) H5Pset_shuffle(list.get());
    h5_check(H5Pset_deflate(list.get(), 1), "deflate", kAt);
    dataset_ = H5Dataset(h5_check(
        H5Dcreate2(file.get(), name, type, space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
        "create", kAt));
  }

  void append(const void* values, hsize_t count) {
    const hsize_t begin = length_;
    length_ += count;
    h5_check(H5Dset_extent(dataset_.get(), &length_), "extend", kAt);
    const H5Space file_space(h5_check(H5Dget_space(dataset_.get()), "space", kAt));
    const H5Space memory(h5_check(H5Screate_simple(1, &count, nullptr), "space", kAt));
    H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr);
    h5_check(H5Dwrite(dataset_.get(), type_, memory.get(), file_space.get(), H5P_DEFAULT, values),
             "write", kAt);
  }

  void close() { dataset_.close(kAt); }

 private:
  hid_t type_;
  H5Dataset dataset_;
  hsize_t length_ = 0;
};

H5File create_file(const std::filesystem::path& dir) {
  const H5PropertyList access(h5_check(H5Pcreate(H5P_FILE_ACCESS), "list", kAt));
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  const auto file = dir / "shards" / "peer.h5";
  return H5File(
      h5_check(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), "create", kAt));
}

double write_packed(const Rows& rows, const std::filesystem::path& dir) {
  const double before = cpu_seconds();
  H5File file = create_file(dir);
  Column id(file, "id", H5T_NATIVE_UINT64, kRowChunk);
  Column score(file, "score", H5T_NATIVE_DOUBLE, kRowChunk);
  Column tokens(file, "tokens", H5T_NATIVE_UINT32, kRowChunk);
  Column lengths(file, "text_len", H5T_NATIVE_UINT32, kRowChunk);
  Column bytes(file, "text_bytes", H5T_NATIVE_CHAR, kTextChunk);
  std::vector<std::uint64_t> ids;
  std::vector<double> scores;
  std::vector<std::uint32_t> counts;
  std::vector<std::uint32_t> sizes;
  std::string text;
  for (std::size_t i = 0; i < rows.count; ++i) {
    ids.push_back(i);
    scores.push_back(rows.score(i));
    counts.push_back(Rows::tokens(i));
    sizes.push_back(static_cast<std::uint32_t>(rows.text(i).size()));
    text += rows.text(i);
    if (ids.size() < kRowChunk && i + 1 < rows.count) continue;
    id.append(ids.data(), ids.size());
    score.append(scores.data(), scores.size());
    tokens.append(counts.data(), counts.size());
    lengths.append(sizes.data(), sizes.size());
    bytes.append(text.data(), text.size());
    ids.clear(), scores.clear(), counts.clear(), sizes.clear(), text.clear();
  }
  for (Column* column : {&id, &score, &tokens, &lengths, &bytes}) column->close();
  file.close(kAt);
  return cpu_seconds() - before;
}

double write_vlen(const Rows& rows, const std::filesystem::path& dir, std::size_t rows_at_once) {
  const double before = cpu_seconds();
  H5File file = create_file(dir);
  const H5Type string(h5_check(H5Tcopy(H5T_C_S1), "type", kAt));
  H5Tset_size(string.get(), H5T_VARIABLE);
  Column id(file, "id", H5T_NATIVE_UINT64, kRowChunk);
  Column score(file, "score", H5T_NATIVE_DOUBLE, kRowChunk);
  Column tokens(file, "tokens", H5T_NATIVE_UINT32, kRowChunk);
  Column text(file, "text", string.get(), kRowChunk, true);
  std::vector<std::uint64_t> ids;
  std::vector<double> scores;
  std::vector<std::uint32_t> counts;
  std::vector<const char*> pointers;
  for (std::size_t i = 0; i < rows.count; ++i) {
    ids.push_back(i);
    scores.push_back(rows.score(i));
    counts.push_back(Rows::tokens(i));
    pointers.push_back(rows.text(i).c_str());
    if (ids.size() < rows_at_once && i + 1 < rows.count) continue;
    id.append(ids.data(), ids.size());
    score.append(scores.data(), scores.size());
    tokens.append(counts.data(), counts.size());
    text.append(pointers.data(), pointers.size());
    ids.clear(), scores.clear(), counts.clear(), pointers.clear();
  }
  for (Column* column : {&id, &score, &tokens, &text}) column->close();
  file.close(kAt);
  return cpu_seconds() - before;
}

int run(const std::string& mode, std::size_t count, const std::filesystem::path& dir) {
  const std::map<std::string, std::function<double(const Rows&, const std::filesystem::path&)>>
      modes{{"ours", write_ours},
            {"packed-gzip", write_packed},
            {"vlen-gzip",
             [](const Rows& rows, const auto& out) { return write_vlen(rows, out, kRowChunk); }},
            {"vlen-by-row",
             [](const Rows& rows, const auto& out) { return write_vlen(rows, out, 1); }}};
  const auto chosen = modes.find(mode);
  if (chosen == modes.end()) throw Error(Errc::usage, fmt::format("found mode {}", mode));
  start_hdf5();
  const Rows rows = make_rows(count);
  const std::filesystem::path shards = dir / "shards";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(shards);
  std::filesystem::create_directories(dir / "temp");
  const double seconds = chosen->second(rows, dir);
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shards)) bytes += entry.file_size();
  const auto per_row = static_cast<double>(count);
  fmt::print("{} {:.4f}\n{} bytes {:.2f}\n", mode, 1e6 * seconds / per_row, mode,
             static_cast<double>(bytes) / per_row);
  return 0;
}

}  // namespace
}  // namespace tally::bench

int main(int argc, char** argv) {
  return tally::tool_main("bench-shard-write", [&] {
    if (argc != 4) throw tally::Error(tally::Errc::usage, "expected MODE ROWS DIR");
    return tally::bench::run(argv[1], std::stoul(argv[2]), argv[3]);
  });
}
