#include "core/shard/shard_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>
#include <string_view>

#include "core/shard/column_blocks.hpp"
#include "core/shard/open_image.hpp"
#include "core/shard/shard_format.hpp"
#include "core/shard/stored_chunk.hpp"
#include "core/shard/text_blocks.hpp"

// Opening, in order: 1) decode the header; 2) let HDF5 open the bytes; 3) list the links and refuse
// what the format does not know; 4) copy the columns; 5) open the texts; 6) compare the columns
// with the header and the lengths with the texts. HDF5 only says where a column or a block lies:
// what follows is a checked copy or our own unpacking, so no type conversion, filter, external file
// or virtual source of a hostile file is met.

namespace tally {
namespace {

// The most that deflate can unpack from one byte (RFC 1951: 258 bytes from 2 bits).
constexpr std::uint64_t kMostFromOneByte = 1032;

struct TextStore {
  H5Dataset dataset;
  std::uint64_t size = 0;
  std::uint64_t chunk = 0;
  std::size_t blocks = 0;
};

// Names under a group, in name order; only plain links to objects are allowed.
struct Links {
  std::vector<std::string> names;
  bool soft = false;
};

herr_t collect(hid_t, const char* name, const H5L_info_t* info, void* out) noexcept {
  Links& links = *static_cast<Links*>(out);
  if (info->type != H5L_TYPE_HARD) links.soft = true;
  try {
    links.names.emplace_back(name);
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return 0;
}

}  // namespace

struct ShardReader::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  // Closing what a damaged file left half open may fail, and nobody needs to read about it.
  ~State() {
    const H5Quiet quiet;
    texts = {};
    image.reset();
  }

  std::filesystem::path file;
  std::vector<std::byte> bytes;
  ShardHeader header;
  std::optional<OpenImage> image;
  RecordBatch columns;
  std::array<TextStore, kTexts> texts;

  [[nodiscard]] H5Context at(std::string_view object) const { return {Errc::data, file, object}; }
  [[nodiscard]] std::vector<std::string> list(hid_t group, std::string_view path) const;
  [[nodiscard]] hsize_t length_of(const H5Dataset& dataset, hid_t type,
                                  std::string_view path) const;
  template <class T>
  void read_column(const char* path, std::vector<T>& column) const;
  template <class T>
  void copy_plain(const H5Dataset& dataset, hsize_t length, std::string_view path,
                  std::vector<T>& column) const;
  template <class T>
  void unpack(const H5Dataset& dataset, hsize_t length, std::string_view path,
              std::vector<T>& column) const;
  void read_columns();
  void read_metrics();
  void open_text(Text text);
  void check_links(std::vector<std::string> names);
  void check_columns() const;
  void check_scores() const;
  void check_against_header() const;
};

std::vector<std::string> ShardReader::State::list(hid_t group, std::string_view path) const {
  Links links;
  h5_check(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, &collect, &links), "list",
           at(path));
  if (links.soft) throw at(path).error("found a soft or external link, expected hard links");
  return std::move(links.names);
}

// Length of a one-dimensional dataset of exactly `type`.
hsize_t ShardReader::State::length_of(const H5Dataset& dataset, hid_t type,
                                      std::string_view path) const {
  const H5Type found(h5_check(H5Dget_type(dataset.get()), "type", at(path)));
  if (h5_check(H5Tequal(found.get(), type), "type", at(path)) == 0) {
    throw at(path).error("found another type, expected that of docs/formats.md#shard");
  }
  const H5Space space(h5_check(H5Dget_space(dataset.get()), "space", at(path)));
  const int rank = h5_check(H5Sget_simple_extent_ndims(space.get()), "rank", at(path));
  if (rank != 1) throw at(path).error(fmt::format("found rank {}, expected 1", rank));
  hsize_t length = 0;
  h5_check(H5Sget_simple_extent_dims(space.get(), &length, nullptr), "length", at(path));
  return length;
}

template <class T>
void ShardReader::State::read_column(const char* path, std::vector<T>& column) const {
  const H5Dataset dataset(h5_check(H5Dopen2(image->get(), path, H5P_DEFAULT), "open", at(path)));
  const hsize_t length = length_of(dataset, stored_type(column), path);
  if (length != header.records) {
    throw at(path).error(fmt::format("found {} rows, expected {}", length, header.records));
  }
  if (length >= kPackedRows)
    unpack(dataset, length, path, column);
  else
    copy_plain(dataset, length, path, column);
}

template <class T>
void ShardReader::State::copy_plain(const H5Dataset& dataset, hsize_t length, std::string_view path,
                                    std::vector<T>& column) const {
  // Undefined for every layout but contiguous, and for data in other files.
  const haddr_t offset = H5Dget_offset(dataset.get());
  if (offset == HADDR_UNDEF) throw at(path).error("found another layout, expected contiguous");
  if (offset > bytes.size() || length > (bytes.size() - offset) / sizeof(T)) {
    throw at(path).error(
        fmt::format("found {} rows at {}, expected them within {}", length, offset, bytes.size()));
  }
  column.resize(length);
  std::memcpy(column.data(), bytes.data() + offset, length * sizeof(T));
}

template <class T>
void ShardReader::State::unpack(const H5Dataset& dataset, hsize_t length, std::string_view path,
                                std::vector<T>& column) const {
  static constexpr std::array kFilters{H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE};
  check_chunks(dataset, length, kFilters, at(path));
  std::vector<std::byte> packed;
  read_stored_chunk(dataset, 0, bytes.size(), at(path), packed);
  if (length / kMostFromOneByte > packed.size()) {
    throw at(path).error(fmt::format("found {} rows in {} bytes", length, packed.size()));
  }
  column.resize(length);
  try {
    unpack_column(packed, sizeof(T), std::as_writable_bytes(std::span(column)));
  } catch (const Error& error) {
    throw at(path).error(error.what());
  }
}

void ShardReader::State::read_columns() {
  visit_columns(columns, [&](const char* name, auto& column) { read_column(name, column); });
}

void ShardReader::State::read_metrics() {
  const H5Group group(
      h5_check(H5Gopen2(image->get(), kMetricsGroup, H5P_DEFAULT), "open", at(kMetricsGroup)));
  columns.metric_names = list(group.get(), kMetricsGroup);
  columns.metrics.resize(columns.metric_names.size());
  for (std::size_t i = 0; i < columns.metrics.size(); ++i) {
    const auto path = fmt::format("{}/{}", kMetricsGroup, columns.metric_names[i]);
    if (!is_metric_name(columns.metric_names[i]))
      throw at(path).error("found no metric name, expected [a-z][a-z0-9_]{0,62}");
    read_column(path.c_str(), columns.metrics[i]);
  }
}

void ShardReader::State::open_text(Text text) {
  const char* const path = bytes_dataset(text);
  TextColumn& column = columns.texts[static_cast<std::size_t>(text)];
  TextStore& store = texts[static_cast<std::size_t>(text)];
  read_column(length_dataset(text), column.lengths);
  store.dataset = H5Dataset(h5_check(H5Dopen2(image->get(), path, H5P_DEFAULT), "open", at(path)));
  store.size = length_of(store.dataset, H5T_STD_U8LE, path);
  const auto sum = std::accumulate(column.lengths.begin(), column.lengths.end(), std::uint64_t{0});
  if (store.size == 0 || store.size != sum) {
    throw at(path).error(fmt::format("found {} bytes, expected {}", store.size, sum));
  }
  if (store.size / kMostFromOneByte > bytes.size()) {
    throw at(path).error(fmt::format("found {} bytes in a file of {}", store.size, bytes.size()));
  }
  store.chunk = std::min<std::uint64_t>(store.size, kTextBlock);
  store.blocks = (store.size + store.chunk - 1) / store.chunk;
  static constexpr std::array kFilters{H5Z_FILTER_DEFLATE};
  check_chunks(store.dataset, store.chunk, kFilters, at(path));
}

// Removes what it knows from the sorted `names`; what stays is foreign.
void ShardReader::State::check_links(std::vector<std::string> names) {
  const auto take = [&](std::string_view name) { return std::erase(names, name) != 0; };
  const auto require = [&](const char* name) {
    if (!take(name)) throw at(name).error("found nothing, expected a dataset");
  };
  visit_columns(columns, [&](const char* name, const auto&) { require(name); });
  read_columns();
  if (take(kMetricsGroup)) read_metrics();
  for (std::size_t i = 0; i < kTexts; ++i) {
    const auto text = static_cast<Text>(i);
    if (!take(bytes_dataset(text))) {
      columns.texts[i].lengths.assign(columns.size(), 0);
      continue;
    }
    require(length_dataset(text));
    open_text(text);
  }
  if (!names.empty()) throw at(names.front()).error("found an object the format does not know");
}

void ShardReader::State::check_columns() const {
  const auto& ordinals = columns.ordinal;
  if (std::adjacent_find(ordinals.begin(), ordinals.end(), std::greater_equal<>()) !=
      ordinals.end()) {
    throw at("ordinal").error("found rows out of order, expected strictly ascending");
  }
  const auto none_above = [&](const std::vector<std::uint8_t>& column, std::uint8_t last,
                              std::string_view path) {
    const auto most = *std::max_element(column.begin(), column.end());
    if (most > last) throw at(path).error(fmt::format("found {}, expected 0..{}", most, last));
  };
  none_above(columns.outcome, kOutcomes - 1, "outcome");
  if (*std::min_element(columns.attempt.begin(), columns.attempt.end()) == 0) {
    throw at("attempt").error("found 0, expected 1 or more");
  }
  none_above(columns.finish_reason, static_cast<std::uint8_t>(FinishReason::error),
             "finish_reason");
}

// One pass without branches, which the compiler can vectorise; who is to blame is only looked for
// when there is something to find.
void ShardReader::State::check_scores() const {
  const auto fits = [](std::uint8_t outcome, double score) {
    const bool scored = outcome == static_cast<std::uint8_t>(Outcome::scored);
    const bool zero = outcome == static_cast<std::uint8_t>(Outcome::no_answer) ||
                      outcome == static_cast<std::uint8_t>(Outcome::timeout);
    const bool finite = score - score == 0.0;
    return (scored & finite) | (zero & (score == 0.0)) | (!scored & !zero & (score != score));
  };
  const std::size_t rows = columns.size();
  bool all = true;
  for (std::size_t i = 0; i < rows; ++i) all &= fits(columns.outcome[i], columns.score[i]);
  if (all) return;
  std::size_t row = 0;
  while (fits(columns.outcome[row], columns.score[row])) ++row;
  const auto outcome = static_cast<Outcome>(columns.outcome[row]);
  throw at("score").error(fmt::format("found {} for {} in row {}, expected {}", columns.score[row],
                                      outcome_name(outcome), row,
                                      outcome == Outcome::scored ? "a finite number"
                                      : is_counted(outcome)      ? "0"
                                                                 : "NaN"));
}

void ShardReader::State::check_against_header() const {
  if (IntervalSet::of_sorted(columns.ordinal) != header.items) {
    throw at("ordinal").error("found other ordinals than the header lists, expected the same");
  }
  const std::vector<FailedItems> failed = failed_items(columns);
  const auto same = [](const FailedItems& a, const FailedItems& b) {
    return a.outcome == b.outcome && a.attempt == b.attempt && a.items == b.items;
  };
  if (!std::equal(failed.begin(), failed.end(), header.failed.begin(), header.failed.end(), same)) {
    throw at("outcome").error("found other failures than the header lists, expected the same");
  }
}

ShardReader::ShardReader(std::vector<std::byte> bytes, const std::filesystem::path& file)
    : state_(std::make_unique<State>()) {
  const H5Quiet quiet;
  State& state = *state_;
  state.file = file;
  state.bytes = std::move(bytes);
  state.header = ShardHeader::decode(
      {reinterpret_cast<const char*>(state.bytes.data()), state.bytes.size()}, file);
  if (state.header.records == 0) throw state.at("").error("found 0 records, expected some");
  state.image.emplace(state.bytes, state.file);
  state.check_links(state.list(state.image->get(), "/"));
  state.check_columns();
  state.check_against_header();
  state.check_scores();
}

ShardReader::~ShardReader() = default;
ShardReader::ShardReader(ShardReader&&) noexcept = default;
ShardReader& ShardReader::operator=(ShardReader&&) noexcept = default;

const ShardHeader& ShardReader::header() const noexcept { return state_->header; }
std::size_t ShardReader::size() const noexcept { return state_->columns.size(); }
std::size_t ShardReader::image_bytes() const noexcept { return state_->bytes.size(); }
const RecordBatch& ShardReader::columns() const noexcept { return state_->columns; }
RecordBatch ShardReader::take_columns() && noexcept { return std::move(state_->columns); }

std::uint64_t ShardReader::text_size(Text text) const noexcept {
  return state_->texts[static_cast<std::size_t>(text)].size;
}

std::size_t ShardReader::text_blocks(Text text) const noexcept {
  return state_->texts[static_cast<std::size_t>(text)].blocks;
}

void ShardReader::read_text_block(Text text, std::size_t index, TextBlock& block) const {
  const H5Quiet quiet;
  const TextStore& store = state_->texts[static_cast<std::size_t>(text)];
  const H5Context at = state_->at(bytes_dataset(text));
  const hsize_t offset = index * store.chunk;
  read_stored_chunk(store.dataset, offset, state_->bytes.size(), at, block.deflated);
  block.text_bytes =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(store.chunk, store.size - offset));
}

std::string ShardReader::unpack_text(Text text) const {
  const TextStore& store = state_->texts[static_cast<std::size_t>(text)];
  std::string out;
  out.resize(store.size);
  TextBlock block;
  for (std::size_t i = 0; i < store.blocks; ++i) {
    read_text_block(text, i, block);
    const std::size_t begin = i * store.chunk;
    try {
      if (block.text_bytes == store.chunk) {
        inflate_block(block.deflated, {out.data() + begin, block.text_bytes});
      } else {
        std::string padded(store.chunk, '\0');
        inflate_block(block.deflated, padded);
        out.replace(begin, block.text_bytes, padded, 0, block.text_bytes);
      }
    } catch (const Error& error) {
      throw state_->at(bytes_dataset(text)).error(fmt::format("block {}: {}", i, error.what()));
    }
  }
  return out;
}

RecordBatch read_batch(const ShardReader& shard) {
  RecordBatch batch = shard.columns();
  for (std::size_t i = 0; i < kTexts; ++i) {
    batch.texts[i].bytes = shard.unpack_text(static_cast<Text>(i));
  }
  return batch;
}

}  // namespace tally
