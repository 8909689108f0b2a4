#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/json_writer.hpp"
#include "core/dataset/dataset.hpp"
#include "core/dataset/json_rows.hpp"

// How a row of each format becomes target and data of a doc: docs/formats.md#doc-data. All throw
// Error(data) as JsonRow.

namespace tally {

void read_humaneval(const JsonRow& row, Doc& doc);
void read_mbpp(const JsonRow& row, Doc& doc);
void read_lcb(const JsonRow& row, Doc& doc);
void read_apps(const JsonRow& row, Doc& doc);
void read_codecontests(const JsonRow& row, Doc& doc);

/// Writes the data of docs whose tests are objects: style, what comes before the tests, tests.
class TestsWriter {
 public:
  static constexpr std::size_t kMaxData = std::size_t{256} << 20U;  ///< Bytes of a doc's data.
  /// For programs that read stdin.
  explicit TestsWriter(const JsonRow& row);
  /// For functions.
  TestsWriter(const JsonRow& row, std::string_view entry_point, std::string_view starter);

  void add_stdio(std::string_view input, std::string_view output);
  /// Both are JSON texts; `args` of an array.
  void add_call(std::string_view args, std::string_view expected);
  /// The data; nothing may be added after.
  [[nodiscard]] std::string finish();

 private:
  void check_size() const;
  const JsonRow& row_;
  JsonWriter json_;
};

}  // namespace tally
