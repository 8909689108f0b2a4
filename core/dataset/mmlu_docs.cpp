#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/json_writer.hpp"
#include "core/dataset/csv_reader.hpp"
#include "core/dataset/doc_source.hpp"
#include "core/dataset/line_reader.hpp"

// Multiple-choice questions. A file whose name ends in .csv or .csv.gz is the original MMLU's
// table: no header, the columns question, A, B, C, D, letter. Any other is JSONL: question, choices
// [2..26 texts], answer (a letter, an index from 0, or the text of one choice). The target of a doc
// is the letter, whatever the file has.

namespace tally {

namespace {

constexpr std::size_t kMaxChoices = 26;

std::string letter_of(std::size_t choice) {
  return std::string(1, static_cast<char>('A' + choice));
}

std::optional<std::size_t> choice_of_letter(std::string_view text, std::size_t choices) {
  if (text.size() != 1) return std::nullopt;
  const char c = text.front();
  const int choice = c >= 'a' && c <= 'z' ? c - 'a' : c - 'A';
  if (choice < 0 || static_cast<std::size_t>(choice) >= choices) return std::nullopt;
  return static_cast<std::size_t>(choice);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string choices_json(std::span<const std::string_view> choices) {
  JsonWriter json;
  json.begin_object().key("choices").begin_array();
  for (const std::string_view choice : choices) json.value(choice);
  json.end_array().end_object();
  return std::move(json).text();
}

class MmluCsvDocs final : public DocSource {
 public:
  explicit MmluCsvDocs(const std::filesystem::path& file) : file_(file), reader_(file) {}

  bool next() override { return reader_.next(); }

  void parse(Doc& doc) override {
    constexpr std::size_t kChoices = 4;
    const auto cells = reader_.cells();
    if (cells.size() != kChoices + 2) {
      fail({},
           fmt::format("found {} columns, expected 6: question, A, B, C, D, letter", cells.size()));
    }
    doc.text = cells[0];
    const std::vector<std::string_view> choices(cells.begin() + 1, cells.begin() + 1 + kChoices);
    doc.data = choices_json(choices);
    const auto choice = choice_of_letter(trimmed(cells.back()), kChoices);
    if (!choice) {
      fail("answer", fmt::format("found '{}', expected a letter A..D", cells.back().substr(0, 40)));
    }
    doc.target = letter_of(*choice);
  }

  [[nodiscard]] int line() const override { return reader_.line(); }

 private:
  [[noreturn]] void fail(const std::string& key, const std::string& message) const {
    throw Error(Errc::data, message, {file_, key, reader_.line()});
  }

  const std::filesystem::path file_;
  CsvReader reader_;
};

class MmluJsonDocs final : public DocSource {
 public:
  MmluJsonDocs(const DatasetSpec& spec, const std::filesystem::path& file)
      : id_(spec.id.empty() ? "id" : spec.id),
        id_required_(!spec.id.empty()),
        input_(spec.input.empty() ? "question" : spec.input),
        target_(spec.target.empty() ? "answer" : spec.target),
        group_(spec.group_by),
        file_(file),
        reader_(file) {}

  bool next() override {
    while (reader_.next()) {
      if (!trimmed(reader_.line()).empty()) return true;
    }
    return false;
  }

  void parse(Doc& doc) override {
    object line;
    const auto failed =
        parser_.parse(reader_.line().data(), reader_.line().size(), false).get(line);
    if (failed != simdjson::SUCCESS) {
      fail("", fmt::format("found no JSON object ({}), expected one a line",
                           simdjson::error_message(failed)));
    }
    doc.text = text_of(required(line, input_), input_);
    const std::vector<std::string_view> choices = choices_of(line);
    doc.data = choices_json(choices);
    doc.target = letter_of(answer_of(required(line, target_), choices));
    const auto id = find(line, id_);
    if (!id && id_required_) fail(id_, "found no such key, expected one in every line");
    if (id) doc.id = scalar(*id, id_);
    if (id && doc.id.empty()) fail(id_, "found an empty string, expected an id");
    if (group_.empty()) return;
    doc.group = scalar(required(line, group_), group_);
    if (doc.group.empty()) fail(group_, "found no text, expected the name of a group");
  }

  [[nodiscard]] int line() const override { return reader_.number(); }

 private:
  using object = simdjson::dom::object;
  using element = simdjson::dom::element;

  [[noreturn]] void fail(const std::string& key, const std::string& message) const {
    throw Error(Errc::data, message, {file_, key, reader_.number()});
  }

  [[noreturn]] void fail_with(const std::string& key, const element& found,
                              std::string_view expected) const {
    fail(key,
         fmt::format("found {}, expected {}", simdjson::minify(found).substr(0, 40), expected));
  }

  [[nodiscard]] std::optional<element> find(const object& line, const std::string& key) const {
    std::optional<element> found;
    for (const auto field : line) {
      if (field.key != key) continue;
      if (found) fail(key, "found the key twice, expected it once");
      found = field.value;
    }
    return found;
  }

  [[nodiscard]] element required(const object& line, const std::string& key) const {
    const auto found = find(line, key);
    if (!found) fail(key, "found no such key, expected one in every line");
    return *found;
  }

  [[nodiscard]] std::string text_of(const element& value, const std::string& key) const {
    if (!value.is_string()) fail_with(key, value, "a text");
    return std::string(std::string_view(value));
  }

  [[nodiscard]] std::string scalar(const element& value, const std::string& key) const {
    if (value.is_string()) return std::string(std::string_view(value));
    if (!value.is_int64() && !value.is_uint64() && !value.is_bool()) {
      fail_with(key, value, "a string, an integer or a boolean");
    }
    return simdjson::minify(value);
  }

  [[nodiscard]] std::vector<std::string_view> choices_of(const object& line) const {
    const element value = required(line, "choices");
    std::vector<std::string_view> choices;
    simdjson::dom::array all;
    if (value.get(all) != simdjson::SUCCESS) fail_with("choices", value, "an array of texts");
    for (const element each : all) {
      if (!each.is_string()) fail_with("choices", each, "an array of texts");
      choices.emplace_back(std::string_view(each));
    }
    if (choices.size() < 2 || choices.size() > kMaxChoices) {
      fail("choices", fmt::format("found {}, expected 2..{}", choices.size(), kMaxChoices));
    }
    return choices;
  }

  // A letter goes before the text of a choice, so a choice "B" is not what answer "B" means.
  [[nodiscard]] std::size_t answer_of(const element& value,
                                      const std::vector<std::string_view>& choices) const {
    std::uint64_t index = 0;  // of a number that is none, or negative, get() fails
    if (value.get(index) == simdjson::SUCCESS && index < choices.size()) {
      return static_cast<std::size_t>(index);
    }
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) {
      if (const auto choice = choice_of_letter(trimmed(text), choices.size())) return *choice;
      const auto first = std::ranges::find(choices, text);
      if (first != choices.end() && std::ranges::count(choices, text) == 1) {
        return static_cast<std::size_t>(first - choices.begin());
      }
    }
    fail_with(target_, value,
              fmt::format("a letter A..{}, an index 0..{} or the text of one choice",
                          letter_of(choices.size() - 1), choices.size() - 1));
  }

  const std::string id_;
  const bool id_required_;
  const std::string input_;
  const std::string target_;
  const std::string group_;
  const std::filesystem::path file_;
  LineReader reader_;
  simdjson::dom::parser parser_;
};

}  // namespace

std::unique_ptr<DocSource> open_mmlu_docs(const DatasetSpec& spec,
                                          const std::filesystem::path& file) {
  if (is_mmlu_csv(spec)) return std::make_unique<MmluCsvDocs>(file);
  return std::make_unique<MmluJsonDocs>(spec, file);
}

}  // namespace tally
