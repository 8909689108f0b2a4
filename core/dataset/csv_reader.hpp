#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/input_file.hpp"

namespace tally {

/// The rows of a CSV file (RFC 4180), plain or .gz: quoted cells may hold commas, line ends and
/// doubled quotes. A byte order mark, "\r\n" and blank lines are accepted; cells stay text, so "NA"
/// is "NA". Not thread-safe.
class CsvReader {
 public:
  explicit CsvReader(const std::filesystem::path& file);

  /// Moves to the next row; false at the end. Throws as InputFile, and Error(data) with file and
  /// line for a row of another width than the first, a stray quote, a lone carriage return, an
  /// unclosed quote, bytes that are no UTF-8, a cell of more than 64 MiB.
  bool next();
  /// The cells of the current row. Valid until next().
  [[nodiscard]] std::span<const std::string> cells() const noexcept {
    return std::span(cells_).first(count_);
  }
  /// Where the current row begins, 1-based.
  [[nodiscard]] int line() const noexcept { return row_line_; }

 private:
  enum class End { cell, row };
  bool read_row();
  End read_cell(std::string& cell);
  End read_quoted(std::string& cell);
  End ended_by(int c);
  void append_until(std::string& cell, std::string_view stops);
  void check_row();
  int peek();
  int get();
  [[noreturn]] void fail(const std::string& message) const;

  std::filesystem::path file_;
  InputFile input_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::vector<std::string> cells_;  // kept between rows for their capacity; count_ are in use
  std::size_t count_ = 0;
  std::size_t width_ = 0;  // of the first row
  bool first_block_ = true;
  bool quoted_ = false;  // a cell of the row had quotes
  int line_ = 1;
  int row_line_ = 0;
};

}  // namespace tally
