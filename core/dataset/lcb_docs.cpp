#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/dataset/code_docs.hpp"
#include "core/dataset/json_check.hpp"
#include "core/dataset/pickled_text.hpp"

// LiveCodeBench keeps tests as JSON inside of JSON: public_test_cases is the text of an array of
// {input, output, testtype}, and so is private_test_cases, or it is packed. All of them are run.

namespace tally {

namespace {

// The JSON array of arguments, one value a line.
std::string args_of(const JsonRow& test, std::string_view input) {
  std::string args = "[";
  for (;;) {
    const std::size_t end = input.find('\n');
    const auto value = minified_value(input.substr(0, end));
    if (!value) test.fail("input", "found a line that is no JSON, expected one value a line");
    args.append(args.size() > 1 ? "," : "").append(*value);
    if (end == std::string_view::npos) return args + "]";
    input.remove_prefix(end + 1);
  }
}

/// Tests of a doc, public ones first.
class LcbTests {
 public:
  LcbTests(const JsonRow& row) : row_(row) {}

  void add(std::string_view key, std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::array array;
    if (parser.parse(simdjson::padded_string(text)).get(array) != simdjson::SUCCESS) {
      row_.fail(key, "found no JSON array, expected one of tests");
    }
    std::size_t index = 0;
    for (const simdjson::dom::element element : array) {
      add_test(row_.below(fmt::format("{}[{}]", key, index++), element));
    }
  }

  std::string finish() {
    if (!writer_) start(row_, !function_name().empty());
    return writer_->finish();
  }

 private:
  void add_test(const JsonRow& test) {
    const std::string_view type = test.text("testtype");
    if (type != "stdin" && type != "functional") {
      test.fail("testtype", fmt::format("found '{}', expected stdin or functional", type));
    }
    const bool calls = type == "functional";
    if (!writer_) start(test, calls);
    if (calls != calls_) {
      test.fail("testtype", fmt::format("found '{}', expected that of the first test", type));
    }
    const std::string_view output = test.text("output");
    if (!calls) {
      writer_->add_stdio(test.text("input"), output);
      return;
    }
    const auto expected = minified_value(output);
    if (!expected) test.fail("output", "found no JSON, expected one value");
    writer_->add_call(args_of(test, test.text("input")), *expected);
  }

  void start(const JsonRow& test, bool calls) {
    calls_ = calls;
    if (!calls) {
      writer_.emplace(row_);
      return;
    }
    const std::string name = function_name();
    if (name.empty()) test.fail("testtype", "found 'functional', expected metadata.func_name, too");
    writer_.emplace(row_, name, row_.text_or_empty("starter_code"));
  }

  [[nodiscard]] std::string function_name() const {
    const std::string_view metadata = row_.text_or_empty("metadata");
    if (metadata.empty()) return {};
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    if (parser.parse(simdjson::padded_string(metadata)).get(element) != simdjson::SUCCESS) {
      row_.fail("metadata", "found no JSON object, expected one");
    }
    return std::string(row_.below("metadata", element).text_or_empty("func_name"));
  }

  const JsonRow& row_;
  std::optional<TestsWriter> writer_;
  bool calls_ = false;
};

}  // namespace

void read_lcb(const JsonRow& row, Doc& doc) {
  LcbTests tests(row);
  tests.add("public_test_cases", row.text("public_test_cases"));
  const std::string_view text = row.text("private_test_cases");
  if (text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size())).starts_with('[')) {
    tests.add("private_test_cases", text);
  } else {
    const UnpackedText unpacked = unpack_pickled_text(text, TestsWriter::kMaxData);
    if (!unpacked.problem.empty()) row.fail("private_test_cases", std::string(unpacked.problem));
    tests.add("private_test_cases", unpacked.text);
  }
  doc.data = tests.finish();
}

}  // namespace tally
