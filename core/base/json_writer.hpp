#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tally {

/// Appends `value` in the shortest form that reads back to the same double (std::to_chars);
/// integral values get no ".0". Precondition: finite. Locale-free.
void append_number(std::string& out, double value);

/// Appends `text` as a JSON string: quotes, backslash and control characters escaped; bytes that
/// are not valid UTF-8 become U+FFFD, so the output is always valid JSON.
void append_json_string(std::string& out, std::string_view text);

/// Writes JSON text with the keys in the order of the calls; commas and nesting are its business.
///
///     JsonWriter json;                     // compact; JsonWriter json(2) indents by two spaces
///     json.begin_object().key("a").value(1).key("b").begin_array().value("x").end_array();
///     json.end_object();
///     file << json.text();
class JsonWriter {
 public:
  explicit JsonWriter(int indent = 0) : indent_(indent) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);  ///< NaN and infinities are written as null.
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint32_t number) { return value(std::uint64_t{number}); }
  JsonWriter& value(std::int32_t number) { return value(std::int64_t{number}); }
  JsonWriter& value(bool truth);
  JsonWriter& null();
  /// Inserts text that is JSON already.
  JsonWriter& raw(std::string_view json);
  [[nodiscard]] const std::string& text() const& noexcept { return text_; }
  [[nodiscard]] std::string text() && noexcept { return std::move(text_); }

 private:
  void separate();
  void open(char bracket);
  void close(char bracket);
  void new_line();
  std::string text_;
  int indent_;
  int depth_ = 0;
  bool fresh_ = true;  // nothing written yet in the innermost bracket
  bool after_key_ = false;
};

}  // namespace tally
