#include "aggregator/results_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "aggregator/results_format.hpp"
#include "aggregator/text_area.hpp"
#include "core/shard/hdf5.hpp"
#include "core/shard/shard_format.hpp"

// The life of the file, in order: 1) HDF5 creates the columns with their space allocated and says
// where they lie; 2) rows are written there past HDF5, by a thread of their own: HDF5 caches
// nothing of a contiguous dataset that it does not write itself; 3) text blocks go through HDF5,
// which keeps their index; 4) HDF5 closes the file.

namespace tally::aggregator {
namespace {

constexpr std::uint64_t kTaskRows = 65'536;  // rows of the tasks table written at once
constexpr std::size_t kTaskIdLength = 16;

struct TextColumns {
  Place offsets;
  Place lengths;
  TextArea area;
};

}  // namespace

struct ResultsWriter::State {
  State(const std::filesystem::path& file_path, const Plan& run_plan);

  [[nodiscard]] H5Context at(std::string_view object) const { return {Errc::io, path, object}; }
  [[nodiscard]] H5Group create_group(const char* name) const;
  Place create_column(const std::string& name, hid_t type, bool allocate = true);
  TextColumns& text(Text which);
  [[nodiscard]] RowPlaces places_of(const ShardRows& shard);
  Place metric(const std::string& name);
  void write_attribute(const char* name, std::string_view value);
  void write_attribute(const char* name, std::uint64_t value);
  void write_tasks();
  template <class T>
  void write_task_column(const H5Group& group, const char* name, hid_t type,
                         const std::vector<T>& part, std::uint64_t first, H5Dataset& dataset);
  void finish();

  H5Quiet quiet;
  std::filesystem::path path;
  const Plan& plan;
  H5File file;
  H5Group metrics;
  std::optional<RowWriter> rows;
  std::map<std::string, Place, std::less<>> columns;
  std::array<std::optional<TextColumns>, kTexts> texts;
};

ResultsWriter::State::State(const std::filesystem::path& file_path, const Plan& run_plan)
    : path(file_path), plan(run_plan) {
  const H5PropertyList access(h5_check(H5Pcreate(H5P_FILE_ACCESS), "properties", at("/")));
  h5_check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110), "format", at("/"));
  // Nobody else knows this file yet, and some network filesystems refuse locks.
  h5_check(H5Pset_file_locking(access.get(), false, true), "locking", at("/"));
  // By default H5Fclose() says yes while something in the file is still open.
  h5_check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_SEMI), "close degree", at("/"));
  const H5PropertyList creation(h5_check(H5Pcreate(H5P_FILE_CREATE), "properties", at("/")));
  h5_check(H5Pset_obj_track_times(creation.get(), false), "times", at("/"));
  file = H5File(h5_check(H5Fcreate(path.c_str(), H5F_ACC_EXCL, creation.get(), access.get()),
                         "create", at("/")));
  metrics = create_group(kMetricsGroup);
  rows.emplace(path);
  RecordBatch shape;
  visit_columns(shape, [this](const char* name, const auto& values) {
    if (std::string_view(name) != "ordinal") create_column(name, stored_type(values));
  });
}

H5Group ResultsWriter::State::create_group(const char* name) const {
  const H5PropertyList list(h5_check(H5Pcreate(H5P_GROUP_CREATE), "properties", at(name)));
  h5_check(H5Pset_obj_track_times(list.get(), false), "times", at(name));
  return H5Group(h5_check(H5Gcreate2(file.get(), name, H5P_DEFAULT, list.get(), H5P_DEFAULT),
                          "create", at(name)));
}

Place ResultsWriter::State::create_column(const std::string& name, hid_t type, bool allocate) {
  const hsize_t length = plan.items();
  const H5Space space(h5_check(H5Screate_simple(1, &length, nullptr), "space", at(name)));
  const H5PropertyList list(h5_check(H5Pcreate(H5P_DATASET_CREATE), "properties", at(name)));
  h5_check(H5Pset_obj_track_times(list.get(), false), "times", at(name));
  // A column without storage reads as zeros.
  const auto when = allocate ? H5D_ALLOC_TIME_EARLY : H5D_ALLOC_TIME_LATE;
  h5_check(H5Pset_alloc_time(list.get(), when), "allocation time", at(name));
  h5_check(H5Pset_fill_time(list.get(), H5D_FILL_TIME_NEVER), "fill time", at(name));
  H5Dataset dataset(h5_check(
      H5Dcreate2(file.get(), name.c_str(), type, space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
      "create", at(name)));
  Place column{H5Dget_offset(dataset.get()), H5Tget_size(type)};
  if (allocate && column.offset == HADDR_UNDEF)
    throw at(name).error("allocate: found no place in the file");
  dataset.close(at(name));
  if (allocate) columns.emplace(name, column);
  return column;
}

TextColumns& ResultsWriter::State::text(Text which) {
  auto& slot = texts[static_cast<std::size_t>(which)];
  if (!slot) {
    const Place offsets = create_column(offset_name(which), H5T_STD_U64LE);
    const Place lengths = create_column(length_name(which), H5T_STD_U32LE);
    slot.emplace(offsets, lengths, TextArea(file.get(), bytes_name(which), path));
  }
  return *slot;
}

// A metric that is new gets a column full of NaN.
Place ResultsWriter::State::metric(const std::string& name) {
  const std::string column = fmt::format("{}/{}", kMetricsGroup, name);
  if (const auto found = columns.find(column); found != columns.end()) return found->second;
  const Place place = create_column(column, H5T_IEEE_F32LE);
  rows->fill(place, 0, plan.items(), std::numeric_limits<float>::quiet_NaN());
  return place;
}

RowPlaces ResultsWriter::State::places_of(const ShardRows& shard) {
  RowPlaces places;
  visit_columns(shard.columns, [&](const char* name, const auto&) {
    if (std::string_view(name) != "ordinal") places.fixed.push_back(columns.at(name));
  });
  for (const std::string& name : shard.columns.metric_names) places.metrics.push_back(metric(name));
  for (std::size_t i = 0; i < kTexts; ++i) {
    if (shard.text_offsets[i].empty()) continue;
    const TextColumns& columns_of_text = text(static_cast<Text>(i));
    places.offsets[i] = columns_of_text.offsets;
    places.lengths[i] = columns_of_text.lengths;
  }
  return places;
}

void ResultsWriter::State::write_attribute(const char* name, std::string_view value) {
  const H5Type type(h5_check(H5Tcopy(H5T_C_S1), "type", at(name)));
  h5_check(H5Tset_size(type.get(), std::max<std::size_t>(value.size(), 1)), "type", at(name));
  h5_check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "type", at(name));
  h5_check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "type", at(name));
  const H5Space space(h5_check(H5Screate(H5S_SCALAR), "space", at(name)));
  H5Handle<&H5Aclose> attribute(
      h5_check(H5Acreate2(file.get(), name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
               "create", at(name)));
  const std::string bytes = value.empty() ? std::string(1, '\0') : std::string(value);
  h5_check(H5Awrite(attribute.get(), type.get(), bytes.data()), "write", at(name));
  attribute.close(at(name));
}

void ResultsWriter::State::write_attribute(const char* name, std::uint64_t value) {
  const H5Space space(h5_check(H5Screate(H5S_SCALAR), "space", at(name)));
  H5Handle<&H5Aclose> attribute(
      h5_check(H5Acreate2(file.get(), name, H5T_STD_U64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT),
               "create", at(name)));
  h5_check(H5Awrite(attribute.get(), H5T_NATIVE_UINT64, &value), "write", at(name));
  attribute.close(at(name));
}

template <class T>
void ResultsWriter::State::write_task_column(const H5Group& group, const char* name, hid_t type,
                                             const std::vector<T>& part, std::uint64_t first,
                                             H5Dataset& dataset) {
  if (first == 0) {
    const hsize_t length = plan.tasks();
    const H5Space space(h5_check(H5Screate_simple(1, &length, nullptr), "space", at(name)));
    const H5PropertyList list(h5_check(H5Pcreate(H5P_DATASET_CREATE), "properties", at(name)));
    h5_check(H5Pset_obj_track_times(list.get(), false), "times", at(name));
    dataset = H5Dataset(h5_check(
        H5Dcreate2(group.get(), name, type, space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
        "create", at(name)));
  }
  const hsize_t start = first;
  const hsize_t count = part.size();
  const H5Space place(h5_check(H5Dget_space(dataset.get()), "space", at(name)));
  h5_check(H5Sselect_hyperslab(place.get(), H5S_SELECT_SET, &start, nullptr, &count, nullptr),
           "select", at(name));
  const H5Space memory(h5_check(H5Screate_simple(1, &count, nullptr), "space", at(name)));
  h5_check(H5Dwrite(dataset.get(), type, memory.get(), place.get(), H5P_DEFAULT, part.data()),
           "write", at(name));
}

void ResultsWriter::State::write_tasks() {
  H5Group group = create_group("tasks");
  const H5Type id_type(h5_check(H5Tcopy(H5T_C_S1), "type", at("tasks/task_id")));
  h5_check(H5Tset_size(id_type.get(), kTaskIdLength), "type", at("tasks/task_id"));
  h5_check(H5Tset_strpad(id_type.get(), H5T_STR_NULLPAD), "type", at("tasks/task_id"));
  std::array<H5Dataset, 4> datasets;
  for (std::uint64_t begin = 0; begin < plan.tasks(); begin += kTaskRows) {
    std::vector<std::uint64_t> first;
    std::vector<std::uint64_t> docs;
    std::vector<std::uint32_t> repeats;
    std::vector<std::array<char, kTaskIdLength>> ids;
    for (std::uint64_t t = begin; t < std::min(plan.tasks(), begin + kTaskRows); ++t) {
      const Task task = plan.task(t);
      first.push_back(task.first);
      docs.push_back(task.docs);
      repeats.push_back(task.repeats);
      plan.task_id(task).copy(ids.emplace_back().data(), kTaskIdLength);
    }
    write_task_column(group, "first", H5T_STD_U64LE, first, begin, datasets[0]);
    write_task_column(group, "docs", H5T_STD_U64LE, docs, begin, datasets[1]);
    write_task_column(group, "repeats", H5T_STD_U32LE, repeats, begin, datasets[2]);
    write_task_column(group, "task_id", id_type.get(), ids, begin, datasets[3]);
  }
  for (H5Dataset& dataset : datasets) dataset.close(at("tasks"));
  group.close(at("tasks"));
}

void ResultsWriter::State::finish() {
  for (std::size_t i = 0; i < kTexts; ++i) {
    const auto which = static_cast<Text>(i);
    if (texts[i]) {
      texts[i]->area.finish();
      continue;
    }
    create_column(offset_name(which), H5T_STD_U64LE, false);
    create_column(length_name(which), H5T_STD_U32LE, false);
    TextArea(file.get(), bytes_name(which), path).finish();
  }
  write_tasks();
  write_attribute("format", kResultsFormat);
  write_attribute("version", kResultsVersion);
  write_attribute("run_id", plan.run_id);
  write_attribute("plan_sha256", plan.digest().hex());
  write_attribute("items", plan.items());
  metrics.close(at(kMetricsGroup));
  file.close(at("/"));
  rows->close();
}

ResultsWriter::ResultsWriter(const std::filesystem::path& path, const Plan& plan) {
  start_hdf5();
  state_ = std::make_unique<State>(path, plan);
}

ResultsWriter::~ResultsWriter() = default;

// What follows runs `work`, and after a failure gives up the state without closing anything.
namespace {
template <class State, class Work>
auto or_abandon(std::unique_ptr<State>& state, Work&& work) {
  try {
    return work(*state);
  } catch (const Error&) {
    static_cast<void>(state.release());
    throw;
  }
}
}  // namespace

void ResultsWriter::put_rows(ShardRows shard) {
  or_abandon(state_, [&](State& state) {
    RowPlaces places = state.places_of(shard);
    const auto job = std::make_shared<const std::pair<RowPlaces, ShardRows>>(std::move(places),
                                                                             std::move(shard));
    background_.run([&rows = *state.rows, job] { rows.put(job->first, job->second); });
  });
}

void ResultsWriter::drain() {
  or_abandon(state_, [this](State&) { background_.drain(); });
}

std::uint64_t ResultsWriter::append_block(Text text, std::span<const std::byte> deflated) {
  return or_abandon(state_,
                    [&](State& state) { return state.text(text).area.append_block(deflated); });
}

std::uint64_t ResultsWriter::append_row(Text text, std::string_view bytes) {
  return or_abandon(state_, [&](State& state) { return state.text(text).area.append_row(bytes); });
}

void ResultsWriter::put_missing(Ordinal first, Ordinal last) {
  or_abandon(state_, [&](State& state) {
    state.rows->fill(state.columns.at("outcome"), first, last, kMissingOutcome);
    state.rows->fill(state.columns.at("score"), first, last,
                     std::numeric_limits<double>::quiet_NaN());
  });
}

void ResultsWriter::finish() {
  or_abandon(state_, [this](State& state) {
    background_.drain();
    state.finish();
  });
  state_.reset();
}

}  // namespace tally::aggregator
