#include "core/dataset/code_docs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error.hpp"
#include "core/dataset/doc_source.hpp"

// Formats of programming problems: one JSON object a line, or all in one array.

namespace tally {

namespace {

/// Where a format has what every doc has. Of two keys the first that is there counts.
struct Layout {
  DatasetFormat format;
  std::array<std::string_view, 2> ids;
  bool id_required;
  std::array<std::string_view, 2> texts;
  void (*read)(const JsonRow& row, Doc& doc);
};

constexpr std::array kLayouts{
    Layout{DatasetFormat::humaneval, {"task_id", ""}, true, {"prompt", ""}, read_humaneval},
    Layout{DatasetFormat::mbpp, {"task_id", ""}, true, {"text", "prompt"}, read_mbpp},
    Layout{DatasetFormat::lcb, {"question_id", ""}, true, {"question_content", ""}, read_lcb},
    Layout{DatasetFormat::apps, {"problem_id", "id"}, false, {"question", ""}, read_apps},
    Layout{DatasetFormat::codecontests, {"name", ""}, true, {"description", ""}, read_codecontests},
};

std::string_view present(const JsonRow& row, const std::array<std::string_view, 2>& keys) {
  return keys[1].empty() || row.find(keys[0]) ? keys[0] : keys[1];
}

class CodeDocs final : public DocSource {
 public:
  CodeDocs(const DatasetSpec& spec, const std::filesystem::path& file)
      : spec_(spec),
        layout_(*std::ranges::find(kLayouts, spec.format, &Layout::format)),
        rows_(file) {}

  bool next() override { return rows_.next(); }

  void parse(Doc& doc) override {
    const JsonRow row = rows_.row();
    take_id(row, doc);
    layout_.read(row, doc);
    doc.text = row.scalar(spec_.input.empty() ? present(row, layout_.texts) : spec_.input);
    if (!spec_.target.empty()) doc.target = row.scalar(spec_.target);
    if (spec_.group_by.empty()) return;
    doc.group = row.scalar(spec_.group_by);
    if (doc.group.empty()) {
      row.fail(spec_.group_by, "found no text, expected the name of a group");
    }
  }

  [[nodiscard]] int line() const override { return rows_.line(); }

 private:
  void take_id(const JsonRow& row, Doc& doc) const {
    const std::string_view key = spec_.id.empty() ? present(row, layout_.ids) : spec_.id;
    if (spec_.id.empty() && !layout_.id_required && !row.find(key)) return;
    doc.id = row.scalar(key);
    if (doc.id.empty()) row.fail(key, "found an empty string, expected an id");
  }

  const DatasetSpec spec_;
  const Layout& layout_;
  JsonRows rows_;
};

}  // namespace

void read_humaneval(const JsonRow& row, Doc& doc) {
  JsonWriter json;
  json.begin_object().key("style").value("humaneval");
  for (const char* const key : {"prompt", "entry_point", "test"}) {
    json.key(key).value(row.text(key));
  }
  if (row.text("entry_point").empty()) {
    row.fail("entry_point", "found an empty string, expected the name of a function");
  }
  doc.data = std::move(json.end_object()).text();
  doc.target = row.text("canonical_solution");
}

// The full set has `test_setup_code`, the sanitized one `test_imports`.
void read_mbpp(const JsonRow& row, Doc& doc) {
  JsonWriter json;
  json.begin_object().key("style").value("asserts").key("setup");
  if (row.find("test_imports")) {
    json.value(fmt::format("{}", fmt::join(row.texts("test_imports"), "\n")));
  } else {
    json.value(row.text_or_empty("test_setup_code"));
  }
  json.key("tests").begin_array();
  for (const std::string_view test : row.texts("test_list")) json.value(test);
  json.end_array().end_object();
  doc.data = std::move(json).text();
  doc.target = row.text("code");
}

TestsWriter::TestsWriter(const JsonRow& row) : row_(row) {
  json_.begin_object().key("style").value("stdio").key("tests").begin_array();
}

TestsWriter::TestsWriter(const JsonRow& row, std::string_view entry_point, std::string_view starter)
    : row_(row) {
  json_.begin_object().key("style").value("functional").key("entry_point").value(entry_point);
  json_.key("starter").value(starter).key("tests").begin_array();
}

void TestsWriter::add_stdio(std::string_view input, std::string_view output) {
  json_.begin_object().key("input").value(input).key("output").value(output).end_object();
  check_size();
}

void TestsWriter::add_call(std::string_view args, std::string_view expected) {
  json_.begin_object().key("args").raw(args).key("expected").raw(expected).end_object();
  check_size();
}

std::string TestsWriter::finish() {
  json_.end_array().end_object();
  return std::move(json_).text();
}

void TestsWriter::check_size() const {
  if (json_.text().size() > kMaxData) {
    row_.fail("tests", fmt::format("found more than {} bytes, expected fewer", kMaxData));
  }
}

std::unique_ptr<DocSource> open_code_docs(const DatasetSpec& spec,
                                          const std::filesystem::path& file) {
  return std::make_unique<CodeDocs>(spec, file);
}

}  // namespace tally
