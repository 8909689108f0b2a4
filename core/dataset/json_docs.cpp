#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/dataset/doc_source.hpp"
#include "core/dataset/json_check.hpp"
#include "core/dataset/line_reader.hpp"

// One JSON object a line. simdjson's on-demand parser checks only what it is asked for, so every
// value is visited, also those nobody wants: half a broken line must not pass for a doc.

namespace tally {

namespace {

namespace ondemand = simdjson::ondemand;

struct Keys {
  std::string id;
  bool id_required = false;
  std::string input;
  std::string target;
  std::string group;
};

Keys keys_of(const DatasetSpec& spec) {
  const bool gsm8k = spec.format == DatasetFormat::gsm8k;
  const auto or_default = [](const std::string& key, const char* fallback) {
    return key.empty() ? std::string(fallback) : key;
  };
  Keys keys;
  keys.id = or_default(spec.id, gsm8k ? "id" : "");
  keys.id_required = !spec.id.empty();
  keys.input = or_default(spec.input, gsm8k ? "question" : "input");
  keys.target = or_default(spec.target, gsm8k ? "answer" : "target");
  keys.group = spec.group_by;
  return keys;
}

class JsonDocs final : public DocSource {
 public:
  JsonDocs(const DatasetSpec& spec, const std::filesystem::path& file)
      : gsm8k_(spec.format == DatasetFormat::gsm8k),
        keys_(keys_of(spec)),
        file_(file),
        reader_(file) {}

  bool next() override {
    while (reader_.next()) {
      if (reader_.line().find_first_not_of(" \t\r") != std::string_view::npos) return true;
    }
    return false;
  }

  void parse(Doc& doc) override {
    try {
      parse_object(doc);
    } catch (const simdjson::simdjson_error& e) {
      fail("", fmt::format("found no JSON object ({}), expected one a line", e.what()));
    }
  }

  [[nodiscard]] int line() const override { return reader_.number(); }

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& message) const {
    throw Error(Errc::data, message, {file_, key, reader_.number()});
  }

  void parse_object(Doc& doc) {
    const std::string_view line = reader_.line();
    ondemand::document document =
        parser_.iterate(line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING);
    bool id = false;
    bool input = false;
    bool target = false;
    bool group = false;
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      ondemand::value value = field.value();
      if (key == keys_.id && !keys_.id.empty()) {
        claim(id, keys_.id);
        doc.id = scalar(value, keys_.id);
      } else if (key == keys_.input) {
        claim(input, keys_.input);
        take_input(value, doc);
      } else if (key == keys_.target) {
        claim(target, keys_.target);
        doc.target = scalar(value, keys_.target);
      } else if (key == keys_.group && !keys_.group.empty()) {
        claim(group, keys_.group);
        doc.group = scalar(value, keys_.group);
      } else {
        check_value(value);
      }
    }
    // Out of bounds is how a document says that nothing is left.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      fail("", "found text after the object, expected the end of the line");
    }
    if (!id && keys_.id_required) fail(keys_.id, "found no such key, expected one in every line");
    if (!input) fail(keys_.input, "found no such key, expected one in every line");
    if (!target) fail(keys_.target, "found no such key, expected one in every line");
    if (id && doc.id.empty()) fail(keys_.id, "found an empty string, expected an id");
    finish_group(doc, group);
    if (gsm8k_) doc.target = final_answer(doc.target);
  }

  // A key that is id, input or target may make the groups, too: classes, say.
  void finish_group(Doc& doc, bool found) const {
    if (keys_.group.empty()) return;
    if (keys_.group == keys_.id)
      doc.group = doc.id;
    else if (keys_.group == keys_.input)
      doc.group = doc.text;
    else if (keys_.group == keys_.target)
      doc.group = doc.target;
    else if (!found)
      fail(keys_.group, "found no such key, expected one in every line");
    if (doc.group.empty()) fail(keys_.group, "found no text, expected the name of a group");
  }

  void claim(bool& seen, const std::string& key) const {
    if (seen) fail(key, "found the key twice, expected it once");
    seen = true;
  }

  // A string as it is; a number or boolean as it was written, so 0.0 stays "0.0".
  [[nodiscard]] std::string scalar(ondemand::value value, const std::string& key) const {
    const ondemand::json_type type = value.type();
    if (type == ondemand::json_type::string) {
      return std::string(std::string_view(value.get_string()));
    }
    if (type != ondemand::json_type::number && type != ondemand::json_type::boolean) {
      check_value(value);
      fail(key, "found null, an array or an object, expected a string, number or boolean");
    }
    std::string_view token = value.raw_json_token();
    token = token.substr(0, token.find_last_not_of(" \t\r") + 1);
    std::string text(token);
    check_value(value);
    return text;
  }

  void take_input(ondemand::value value, Doc& doc) const {
    const ondemand::json_type type = value.type();
    if (type != ondemand::json_type::array) {
      doc.text = scalar(value, keys_.input);
      return;
    }
    for (auto element : value.get_array()) {
      ondemand::value number = element.value();
      if (number.type() != ondemand::json_type::number) {
        check_value(number);
        fail(keys_.input, "found an array with other values, expected finite numbers");
      }
      const auto feature = static_cast<float>(double(number.get_double()));
      if (!std::isfinite(feature)) {
        fail(keys_.input, "found a number beyond 32-bit floats, expected finite numbers");
      }
      doc.features.push_back(feature);
    }
  }

  // The text after the last "####", without thousands separators (openai/grade-school-math).
  [[nodiscard]] std::string final_answer(const std::string& answer) const {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t marker = answer.rfind("####");
    if (marker == std::string::npos) {
      fail(keys_.target, "found no '####' line, expected '#### <answer>' at the end");
    }
    std::string text = answer.substr(marker + 4);
    text.erase(text.find_last_not_of(kSpace) + 1);
    text.erase(0, text.find_first_not_of(kSpace));
    std::erase(text, ',');
    if (text.empty()) fail(keys_.target, "found nothing after '####', expected an answer");
    return text;
  }

  const bool gsm8k_;
  const Keys keys_;
  const std::filesystem::path file_;
  LineReader reader_;
  ondemand::parser parser_;
};

}  // namespace

std::unique_ptr<DocSource> open_json_docs(const DatasetSpec& spec,
                                          const std::filesystem::path& file) {
  return std::make_unique<JsonDocs>(spec, file);
}

}  // namespace tally
