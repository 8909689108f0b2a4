#pragma once
#include <simdjson.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dataset/line_reader.hpp"

namespace tally {

/// A JSON object of a dataset and where it stands. A key whose value is null counts as absent.
/// Everything throws Error(data) with file, line and key; a key that stands twice is refused.
class JsonRow {
 public:
  /// `prefix` is put before keys in messages: "tests[3].". The file outlives the row.
  JsonRow(simdjson::dom::object object, const std::filesystem::path& file, int line,
          std::string prefix = {})
      : object_(object), file_(file), line_(line), prefix_(std::move(prefix)) {}

  [[nodiscard]] std::optional<simdjson::dom::element> find(std::string_view key) const;
  /// A value that must be there.
  [[nodiscard]] simdjson::dom::element get(std::string_view key) const;
  /// A text that must be there. Valid as long as the row.
  [[nodiscard]] std::string_view text(std::string_view key) const;
  /// A text that may be absent; then it is empty.
  [[nodiscard]] std::string_view text_or_empty(std::string_view key) const;
  /// An array of texts that must be there.
  [[nodiscard]] std::vector<std::string_view> texts(std::string_view key) const;
  /// A text, number or boolean that must be there, as text.
  [[nodiscard]] std::string scalar(std::string_view key) const;
  /// An object below this one, as a row whose keys are `name`.key in messages.
  [[nodiscard]] JsonRow below(std::string_view name, simdjson::dom::element value) const;
  [[noreturn]] void fail(std::string_view key, const std::string& message) const;

 private:
  simdjson::dom::object object_;
  const std::filesystem::path& file_;
  int line_;
  std::string prefix_;
};

/// The objects of a file, plain or .gz: one a line, or all in one array. Not thread-safe. Memory is
/// some four times the longest line, or the file where it is an array.
class JsonRows {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{256} << 20U;  ///< Of a line, or an array.
  explicit JsonRows(const std::filesystem::path& file) : file_(file), reader_(file, kMaxBytes) {}

  /// Moves to the next object; false at the end. Throws as LineReader, and Error(data) for what is
  /// no object, and for an array of more than kMaxBytes.
  bool next();
  /// The current object. Valid until next().
  [[nodiscard]] JsonRow row() const;
  /// Line of the current object, 1-based; 0 where the file is an array: keys then begin with its
  /// index, "[3].".
  [[nodiscard]] int line() const noexcept { return in_array_ ? 0 : reader_.number(); }

 private:
  bool next_line();
  void read_array();
  [[noreturn]] void fail(const std::string& message) const;

  std::filesystem::path file_;
  LineReader reader_;
  simdjson::dom::parser parser_;
  std::optional<simdjson::dom::element> current_;
  bool started_ = false;
  bool in_array_ = false;
  std::string text_;  // of the whole array
  std::vector<simdjson::dom::element> elements_;
  std::size_t index_ = 0;  // of the current element
};

}  // namespace tally
