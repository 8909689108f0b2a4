#include "aggregator/results_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <span>

#include "aggregator/results_format.hpp"
#include "core/base/descriptor.hpp"
#include "core/shard/hdf5.hpp"
#include "core/shard/shard_format.hpp"

namespace tally::aggregator {
namespace {

constexpr std::size_t kTextCache = 32UL << 20;  // unpacked blocks
constexpr std::size_t kCacheSlots = 12'503;     // a prime, about 100 times the blocks cached

struct Column {
  haddr_t offset = HADDR_UNDEF;  // undefined: no storage, all zeros
};

}  // namespace

struct ResultsReader::State {
  State(const std::filesystem::path& file_path, std::vector<std::string> metric_columns);

  [[nodiscard]] H5Context at(std::string_view object) const { return {Errc::io, path, object}; }
  [[nodiscard]] Column open_column(const std::string& name) const;
  template <class T>
  void read(const Column& column, Interval rows, std::vector<T>& values) const;
  void read_answers(Interval rows, std::vector<std::string>& answers);
  [[nodiscard]] std::string read_text(std::uint64_t offset, std::uint64_t length) const;

  H5Quiet quiet;
  std::filesystem::path path;
  H5File file;
  H5Dataset answer_bytes;
  Descriptor raw;
  Column outcome, finish_reason, score, tokens_in, tokens_out, seconds, answer_offset,
      answer_length, completion_length;
  std::vector<Column> metrics;
  std::vector<std::uint64_t> offsets;  // scratch of read_answers
  std::vector<std::uint32_t> lengths;
};

ResultsReader::State::State(const std::filesystem::path& file_path,
                            std::vector<std::string> metric_columns)
    : path(file_path) {
  const H5PropertyList open_list(h5_check(H5Pcreate(H5P_FILE_ACCESS), "properties", at("/")));
  // Some network filesystems refuse locks.
  h5_check(H5Pset_file_locking(open_list.get(), false, true), "locking", at("/"));
  file = H5File(h5_check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, open_list.get()), "open", at("/")));
  raw = Descriptor::open(path, O_RDONLY);
  if (!raw.valid()) throw errno_error(Errc::io, "open", path, errno);
  outcome = open_column("outcome");
  finish_reason = open_column("finish_reason");
  score = open_column("score");
  tokens_in = open_column("tokens_in");
  tokens_out = open_column("tokens_out");
  seconds = open_column("seconds");
  answer_offset = open_column(offset_name(Text::answer));
  answer_length = open_column(length_name(Text::answer));
  completion_length = open_column(length_name(Text::completion));
  for (const std::string& name : metric_columns)
    metrics.push_back(open_column(fmt::format("{}/{}", kMetricsGroup, name)));
  const H5PropertyList access(h5_check(H5Pcreate(H5P_DATASET_ACCESS), "properties", at("/")));
  h5_check(H5Pset_chunk_cache(access.get(), kCacheSlots, kTextCache, 1.0), "cache", at("/"));
  const std::string name = bytes_name(Text::answer);
  answer_bytes =
      H5Dataset(h5_check(H5Dopen2(file.get(), name.c_str(), access.get()), "open", at(name)));
}

Column ResultsReader::State::open_column(const std::string& name) const {
  const H5Dataset dataset(
      h5_check(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), "open", at(name)));
  return {H5Dget_offset(dataset.get())};
}

template <class T>
void ResultsReader::State::read(const Column& column, Interval rows, std::vector<T>& values) const {
  values.resize(rows.size());
  if (column.offset == HADDR_UNDEF) {
    values.assign(rows.size(), T{});
    return;
  }
  auto bytes = std::as_writable_bytes(std::span(values));
  auto offset = static_cast<off_t>(column.offset + rows.begin * sizeof(T));
  while (!bytes.empty()) {
    const ssize_t got = ::pread(raw.get(), bytes.data(), bytes.size(), offset);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw errno_error(Errc::io, "read", path, errno);
    if (got == 0) throw Error(Errc::io, "read: found the end of the file", {path, {}, 0});
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += got;
  }
}

std::string ResultsReader::State::read_text(std::uint64_t offset, std::uint64_t length) const {
  const std::string name = bytes_name(Text::answer);
  std::string bytes(length, '\0');
  const hsize_t start = offset;
  const hsize_t count = length;
  const H5Space place(h5_check(H5Dget_space(answer_bytes.get()), "space", at(name)));
  h5_check(H5Sselect_hyperslab(place.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr),
           "select", at(name));
  const H5Space memory(h5_check(H5Screate_simple(1, &count, nullptr), "space", at(name)));
  h5_check(H5Dread(answer_bytes.get(), H5T_STD_U8LE, memory.get(), place.get(), H5P_DEFAULT,
                   bytes.data()),
           "read", at(name));
  return bytes;
}

void ResultsReader::State::read_answers(Interval rows, std::vector<std::string>& answers) {
  read(answer_offset, rows, offsets);
  read(answer_length, rows, lengths);
  answers.assign(rows.size(), {});
  // Rows of one shard lie end to end: one read takes them all.
  for (std::size_t begin = 0; begin < answers.size();) {
    if (lengths[begin] == 0) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    std::uint64_t length = 0;
    while (end < answers.size() && (lengths[end] == 0 || offsets[end] == offsets[begin] + length))
      length += lengths[end++];
    const std::string bytes = read_text(offsets[begin], length);
    std::size_t at_byte = 0;
    for (; begin < end; ++begin) {
      answers[begin] = bytes.substr(at_byte, lengths[begin]);
      at_byte += lengths[begin];
    }
  }
}

ResultsReader::ResultsReader(const std::filesystem::path& path,
                             std::vector<std::string> metric_columns) {
  start_hdf5();
  state_ = std::make_unique<State>(path, std::move(metric_columns));
}

ResultsReader::~ResultsReader() = default;

void ResultsReader::read(Interval interval, bool answers, RowBlock& block) {
  block.first = interval.begin;
  state_->read(state_->outcome, interval, block.outcome);
  state_->read(state_->finish_reason, interval, block.finish_reason);
  state_->read(state_->score, interval, block.score);
  state_->read(state_->tokens_in, interval, block.tokens_in);
  state_->read(state_->tokens_out, interval, block.tokens_out);
  state_->read(state_->completion_length, interval, block.completion_lengths);
  state_->read(state_->seconds, interval, block.seconds);
  block.metrics.resize(state_->metrics.size());
  for (std::size_t i = 0; i < block.metrics.size(); ++i)
    state_->read(state_->metrics[i], interval, block.metrics[i]);
  block.answers.clear();
  if (answers) state_->read_answers(interval, block.answers);
}

}  // namespace tally::aggregator
