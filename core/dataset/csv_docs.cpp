#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/base/error.hpp"
#include "core/dataset/csv_reader.hpp"
#include "core/dataset/doc_source.hpp"

// Which columns are what: one column as `input` is text, a range ("0-63") is a row of features. By
// default the last column is the target and all before it are features.

namespace tally {

namespace {

struct Columns {
  std::optional<std::size_t> id;
  std::optional<std::size_t> group;
  std::size_t first_input = 0;
  std::size_t last_input = 0;
  bool features = false;
  std::size_t target = 0;
};

std::optional<std::size_t> to_index(std::string_view digits) {
  std::size_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, code] = std::from_chars(digits.data(), end, value);
  if (code != std::errc() || rest != end) return std::nullopt;
  return value;
}

class CsvDocs final : public DocSource {
 public:
  CsvDocs(const DatasetSpec& spec, const std::filesystem::path& file)
      : spec_(spec), file_(file), reader_(file) {
    if (spec.header && reader_.next()) {
      const auto cells = reader_.cells();
      names_.assign(cells.begin(), cells.end());
    }
  }

  bool next() override {
    if (!reader_.next()) return false;
    if (!columns_) columns_ = find_columns(reader_.cells().size());
    return true;
  }

  void parse(Doc& doc) override {
    const auto cells = reader_.cells();
    if (columns_->id) {
      doc.id = cells[*columns_->id];
      if (doc.id.empty()) fail("id", "found an empty cell, expected an id");
    }
    if (columns_->group) {
      doc.group = cells[*columns_->group];
      if (doc.group.empty()) fail("group_by", "found an empty cell, expected the name of a group");
    }
    doc.target = cells[columns_->target];
    if (!columns_->features) {
      doc.text = cells[columns_->first_input];
      return;
    }
    doc.features.clear();
    for (std::size_t i = columns_->first_input; i <= columns_->last_input; ++i) {
      doc.features.push_back(to_feature(cells[i], i));
    }
  }

  [[nodiscard]] int line() const override { return reader_.line(); }

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& message) const {
    throw Error(Errc::data, message, {file_, key, reader_.line()});
  }

  // A name of the header, or a number.
  [[nodiscard]] std::optional<std::size_t> column(const std::string& key, const std::string& name,
                                                  std::size_t width) const {
    const auto it = std::find(names_.begin(), names_.end(), name);
    if (it != names_.end()) {
      if (std::count(it, names_.end(), name) > 1) {
        fail(key, fmt::format("found column '{}' twice, expected it once", name));
      }
      return static_cast<std::size_t>(it - names_.begin());
    }
    const auto index = to_index(name);
    if (index && *index >= width) {
      fail(key, fmt::format("found column {}, expected 0..{}", *index, width - 1));
    }
    return index;
  }

  [[nodiscard]] std::size_t known_column(const std::string& key, const std::string& name,
                                         std::size_t width) const {
    const auto index = column(key, name, width);
    if (!index) {
      fail(key, fmt::format("found no column '{}', expected {}", name,
                            names_.empty() ? fmt::format("a number in 0..{}", width - 1)
                                           : fmt::format("one of {}", fmt::join(names_, ", "))));
    }
    return *index;
  }

  [[nodiscard]] Columns find_columns(std::size_t width) const {
    Columns columns;
    if (!spec_.id.empty()) columns.id = known_column("id", spec_.id, width);
    if (!spec_.group_by.empty()) columns.group = known_column("group_by", spec_.group_by, width);
    columns.target = spec_.target.empty() ? width - 1 : known_column("target", spec_.target, width);
    if (spec_.input.empty()) {
      if (width < 2) fail("input", "found 1 column, expected features and a target");
      columns.features = true;
      columns.last_input = width - 2;
      return columns;
    }
    const std::size_t dash = spec_.input.find('-');
    const bool is_name = std::find(names_.begin(), names_.end(), spec_.input) != names_.end();
    if (is_name || dash == std::string::npos || !to_index(spec_.input.substr(0, dash))) {
      columns.first_input = known_column("input", spec_.input, width);
      return columns;
    }
    columns.features = true;
    columns.first_input = known_column("input", spec_.input.substr(0, dash), width);
    columns.last_input = known_column("input", spec_.input.substr(dash + 1), width);
    if (columns.first_input > columns.last_input) {
      fail("input", fmt::format("found '{}', expected the smaller column first", spec_.input));
    }
    return columns;
  }

  [[nodiscard]] float to_feature(std::string_view cell, std::size_t column) const {
    const std::size_t begin = std::min(cell.find_first_not_of(" \t"), cell.size());
    const std::string_view digits = cell.substr(begin, cell.find_last_not_of(" \t") + 1 - begin);
    float value = 0.0F;
    const char* const end = digits.data() + digits.size();
    const auto [rest, code] = std::from_chars(digits.data(), end, value);
    if (code != std::errc() || rest != end || !std::isfinite(value)) {
      fail(fmt::format("column {}", column),
           fmt::format("found '{}', expected a finite number", cell.substr(0, 40)));
    }
    return value;
  }

  const DatasetSpec spec_;
  const std::filesystem::path file_;
  CsvReader reader_;
  std::vector<std::string> names_;
  std::optional<Columns> columns_;
};

}  // namespace

std::unique_ptr<DocSource> open_csv_docs(const DatasetSpec& spec,
                                         const std::filesystem::path& file) {
  return std::make_unique<CsvDocs>(spec, file);
}

}  // namespace tally
