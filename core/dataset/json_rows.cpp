#include "core/dataset/json_rows.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"

namespace tally {

namespace dom = simdjson::dom;

void JsonRow::fail(std::string_view key, const std::string& message) const {
  throw Error(Errc::data, message, {file_, fmt::format("{}{}", prefix_, key), line_});
}

std::optional<dom::element> JsonRow::find(std::string_view key) const {
  std::optional<dom::element> found;
  for (const auto field : object_) {
    if (field.key != key) continue;
    if (found) fail(key, "found the key twice, expected it once");
    found = field.value;
  }
  if (found && found->is_null()) return std::nullopt;
  return found;
}

dom::element JsonRow::get(std::string_view key) const {
  const auto found = find(key);
  if (!found) fail(key, "found no such key, expected one in every row");
  return *found;
}

std::string_view JsonRow::text(std::string_view key) const {
  std::string_view text;
  if (get(key).get(text) != simdjson::SUCCESS) fail(key, "found no text, expected one");
  return text;
}

std::string_view JsonRow::text_or_empty(std::string_view key) const {
  return find(key) ? text(key) : std::string_view();
}

std::vector<std::string_view> JsonRow::texts(std::string_view key) const {
  dom::array array;
  if (get(key).get(array) != simdjson::SUCCESS) fail(key, "found no array, expected one of texts");
  std::vector<std::string_view> texts;
  for (const dom::element element : array) {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) {
      fail(fmt::format("{}[{}]", key, texts.size()), "found no text, expected one");
    }
    texts.push_back(text);
  }
  return texts;
}

std::string JsonRow::scalar(std::string_view key) const {
  const dom::element value = get(key);
  switch (value.type()) {
    case dom::element_type::STRING:
      return std::string(std::string_view(value));
    case dom::element_type::INT64:
      return fmt::format_int(std::int64_t(value)).str();
    case dom::element_type::UINT64:
      return fmt::format_int(std::uint64_t(value)).str();
    case dom::element_type::BOOL:
      return bool(value) ? "true" : "false";
    case dom::element_type::DOUBLE: {
      std::string text;
      append_number(text, double(value));
      return text;
    }
    default:
      fail(key, "found an array or an object, expected a string, number or boolean");
  }
}

JsonRow JsonRow::below(std::string_view name, dom::element value) const {
  dom::object object;
  if (value.get(object) != simdjson::SUCCESS) fail(name, "found no object, expected one");
  return JsonRow(object, file_, line_, fmt::format("{}{}.", prefix_, name));
}

void JsonRows::fail(const std::string& message) const {
  throw Error(Errc::data, message, {file_, {}, line()});
}

bool JsonRows::next_line() {
  while (reader_.next()) {
    const std::size_t begin = reader_.line().find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) continue;
    if (!started_ && reader_.line()[begin] == '[') in_array_ = true;
    started_ = true;
    return true;
  }
  return false;
}

// The first line is read already.
void JsonRows::read_array() {
  do {
    text_.append(reader_.line()).push_back('\n');
    if (text_.size() > kMaxBytes) {
      fail(fmt::format("found an array of more than {} bytes, expected one object a line",
                       kMaxBytes));
    }
  } while (reader_.next());
  dom::array array;
  const auto error = parser_.parse(text_).get(array);
  if (error != simdjson::SUCCESS) {
    fail(fmt::format("found no JSON array ({}), expected one", simdjson::error_message(error)));
  }
  for (const dom::element element : array) elements_.push_back(element);
}

bool JsonRows::next() {
  if (!in_array_) {
    if (!next_line()) return false;
    if (!in_array_) {
      const std::string_view line = reader_.line();
      dom::element element;
      const auto error = parser_.parse(line.data(), line.size(), false).get(element);
      if (error != simdjson::SUCCESS || !element.is_object()) {
        fail(fmt::format(
            "found no JSON object ({}), expected one a line",
            error == simdjson::SUCCESS ? "another value" : simdjson::error_message(error)));
      }
      current_ = element;
      return true;
    }
    read_array();
  } else {
    ++index_;
  }
  if (index_ >= elements_.size()) return false;
  current_ = elements_[index_];
  if (!current_->is_object()) fail(fmt::format("[{}]: found no object, expected one", index_));
  return true;
}

JsonRow JsonRows::row() const {
  return JsonRow(dom::object(*current_), file_, line(),
                 in_array_ ? fmt::format("[{}].", index_) : std::string());
}

}  // namespace tally
