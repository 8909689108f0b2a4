#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/dataset/input_file.hpp"

namespace tally {

/// The lines of a file, plain or .gz. A byte order mark at the start is skipped; "\n" and "\r\n"
/// end a line, the last one may lack it. Not thread-safe.
class LineReader {
 public:
  static constexpr std::size_t kMaxLine = std::size_t{64} << 20U;  ///< Bytes, unless told.
  explicit LineReader(const std::filesystem::path& file, std::size_t max_line = kMaxLine);

  /// Moves to the next line; false at the end. Throws as InputFile, and Error(data) for a line of
  /// more than `max_line` bytes or one that is not UTF-8.
  bool next();
  /// The current line without its end. At least kPadding bytes behind it may be read. Valid until
  /// next().
  [[nodiscard]] std::string_view line() const noexcept { return line_; }
  /// 1-based.
  [[nodiscard]] int number() const noexcept { return number_; }

  static constexpr std::size_t kPadding = 64;  ///< What simdjson wants.

 private:
  bool fill();
  std::filesystem::path file_;
  InputFile input_;
  std::size_t max_line_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not handed out yet
  std::size_t end_ = 0;    // of what was read; buffer_ is longer by kPadding
  std::string_view line_;
  int number_ = 0;
};

}  // namespace tally
