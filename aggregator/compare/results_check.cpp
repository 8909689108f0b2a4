#include "aggregator/compare/results_check.hpp"

#include <fmt/format.h>

#include "aggregator/results_format.hpp"
#include "core/shard/hdf5.hpp"
#include "core/shard/shard_format.hpp"

namespace tally::aggregator {
namespace {

using H5Attribute = H5Handle<&H5Aclose>;

/// One results.h5, opened for reading.
struct Opened {
  explicit Opened(const std::filesystem::path& file_path) : path(file_path) {
    const H5PropertyList access(h5_check(H5Pcreate(H5P_FILE_ACCESS), "properties", at("/")));
    // Some network filesystems refuse locks.
    h5_check(H5Pset_file_locking(access.get(), false, true), "locking", at("/"));
    file = H5File(h5_check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), "open", at("/")));
  }
  [[nodiscard]] H5Context at(std::string_view object) const { return {Errc::data, path, object}; }

  [[nodiscard]] H5Attribute attribute(const char* name) const {
    return H5Attribute(
        h5_check(H5Aopen(file.get(), name, H5P_DEFAULT), "open the attribute", at(name)));
  }
  [[nodiscard]] std::uint64_t number(const char* name) const {
    std::uint64_t value = 0;
    h5_check(H5Aread(attribute(name).get(), H5T_NATIVE_UINT64, &value), "read", at(name));
    return value;
  }
  /// A text of fixed length, without the zero bytes after it.
  [[nodiscard]] std::string text(const char* name) const {
    const H5Attribute found = attribute(name);
    const H5Type type(h5_check(H5Aget_type(found.get()), "type", at(name)));
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0)
      throw at(name).error("found another type, expected a text of fixed length");
    std::string value(H5Tget_size(type.get()), '\0');
    h5_check(H5Aread(found.get(), type.get(), value.data()), "read", at(name));
    return value.substr(0, value.find('\0'));
  }
  [[nodiscard]] std::uint64_t rows(const std::string& name) const {
    const H5Dataset column(
        h5_check(H5Dopen2(file.get(), name.c_str(), H5P_DEFAULT), "open", at(name)));
    const H5Space space(h5_check(H5Dget_space(column.get()), "space", at(name)));
    return static_cast<std::uint64_t>(
        h5_check(H5Sget_simple_extent_npoints(space.get()), "size", at(name)));
  }
  [[nodiscard]] std::vector<std::string> columns() const;

  std::filesystem::path path;
  H5File file;
};

std::vector<std::string> Opened::columns() const {
  const H5Context here = at(kMetricsGroup);
  if (h5_check(H5Lexists(file.get(), kMetricsGroup, H5P_DEFAULT), "look", here) == 0) return {};
  const H5Group group(h5_check(H5Gopen2(file.get(), kMetricsGroup, H5P_DEFAULT), "open", here));
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  h5_check(H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, +add, &names), "list",
           here);
  return names;
}

template <class T>
void expect(const Opened& opened, const char* what, const T& found, const T& expected) {
  if (found == expected) return;
  throw opened.at(what).error(fmt::format("found {}, expected {}", found, expected));
}

}  // namespace

std::vector<std::string> check_results_file(const std::filesystem::path& file, const Plan& plan) {
  start_hdf5();
  const H5Quiet quiet;
  const Opened opened(file);
  expect(opened, "format", opened.text("format"), std::string(kResultsFormat));
  const std::uint64_t version = opened.number("version");
  if (version == 0 || version > kResultsVersion)
    throw opened.at("version").error(
        fmt::format("found {}, expected at most {}", version, kResultsVersion));
  expect(opened, "plan_sha256", opened.text("plan_sha256"), plan.digest().hex());
  expect(opened, "items", opened.number("items"), plan.items());
  std::vector<std::string> columns = opened.columns();
  for (const char* const name : {"outcome", "score"})
    expect(opened, name, opened.rows(name), plan.items());
  for (const std::string& name : columns)
    expect(opened, kMetricsGroup, opened.rows(fmt::format("{}/{}", kMetricsGroup, name)),
           plan.items());
  return columns;
}

}  // namespace tally::aggregator
