#include "core/dataset/csv_reader.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "core/base/error.hpp"

namespace tally {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18U;
constexpr std::size_t kMaxCell = std::size_t{64} << 20U;
constexpr std::size_t kMaxCells = 1'000'000;
constexpr int kEndOfFile = -1;

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& file) : file_(file), input_(file) {}

void CsvReader::fail(const std::string& message) const {
  throw Error(Errc::data, message, {file_, {}, row_line_});
}

// The next byte, left where it is.
int CsvReader::peek() {
  if (at_ == buffer_.size()) {
    buffer_.resize(kBlock);
    buffer_.resize(input_.read(buffer_));
    at_ = first_block_ && buffer_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    first_block_ = false;
    if (at_ == buffer_.size()) return kEndOfFile;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int CsvReader::get() {
  const int c = peek();
  if (c != kEndOfFile) ++at_;
  if (c == '\n') ++line_;
  return c;
}

// Appends up to the next byte of `stops` or the end of the file.
void CsvReader::append_until(std::string& cell, std::string_view stops) {
  while (peek() != kEndOfFile) {
    const std::size_t stop = std::min(buffer_.find_first_of(stops, at_), buffer_.size());
    const std::string_view piece = std::string_view(buffer_).substr(at_, stop - at_);
    line_ += static_cast<int>(std::count(piece.begin(), piece.end(), '\n'));
    cell += piece;
    at_ = stop;
    if (cell.size() > kMaxCell) {
      fail(fmt::format("found a cell of more than {} bytes, expected less", kMaxCell));
    }
    if (stop < buffer_.size()) return;
  }
}

// What `c`, the byte after a cell, ends.
CsvReader::End CsvReader::ended_by(int c) {
  if (c == ',') return End::cell;
  if (c == '\n' || c == kEndOfFile) return End::row;
  if (c == '\r' && get() == '\n') return End::row;
  if (c == '\r') fail("found a lone carriage return, expected it quoted or before a line feed");
  fail("found a stray quote or text after one, expected a quoted cell with doubled quotes");
}

CsvReader::End CsvReader::read_quoted(std::string& cell) {
  for (;;) {
    append_until(cell, "\"");
    if (get() == kEndOfFile) fail("found the end of the file in a quoted cell, expected a quote");
    if (peek() != '"') return ended_by(get());
    cell += static_cast<char>(get());
  }
}

CsvReader::End CsvReader::read_cell(std::string& cell) {
  cell.clear();
  if (peek() == '"') {
    static_cast<void>(get());
    quoted_ = true;
    return read_quoted(cell);
  }
  append_until(cell, ",\"\r\n");
  return ended_by(get());
}

bool CsvReader::read_row() {
  if (peek() == kEndOfFile) return false;
  row_line_ = line_;
  count_ = 0;
  quoted_ = false;
  End end = End::cell;
  while (end == End::cell) {
    if (count_ == kMaxCells)
      fail(fmt::format("found more than {} cells, expected less", kMaxCells));
    if (count_ == cells_.size()) cells_.emplace_back();
    end = read_cell(cells_[count_++]);
  }
  return true;
}

void CsvReader::check_row() {
  if (width_ == 0) width_ = count_;
  if (count_ != width_) fail(fmt::format("found {} cells, expected {}", count_, width_));
  for (const std::string& cell : cells()) {
    if (!simdjson::validate_utf8(cell.data(), cell.size())) {
      fail("found bytes that are no UTF-8, expected UTF-8 text");
    }
  }
}

bool CsvReader::next() {
  while (read_row()) {
    if (count_ == 1 && cells_.front().empty() && !quoted_) continue;  // a blank line
    check_row();
    return true;
  }
  return false;
}

}  // namespace tally
