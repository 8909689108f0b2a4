#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/dataset/code_docs.hpp"
#include "core/dataset/json_check.hpp"

// APPS keeps tests in `input_output`, the text of {inputs: [], outputs: [], fn_name?}; an empty
// text where a problem has none. simdjson's DOM refuses integers beyond 64 bits, which calls do
// have, so values are taken as text.

namespace tally {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr const char* kKey = "input_output";

struct InputOutput {
  std::vector<std::string> inputs;  // JSON texts
  std::vector<std::string> outputs;
  std::string function;
};

std::vector<std::string> json_texts(ondemand::value value) {
  std::vector<std::string> texts;
  for (auto element : value.get_array()) {
    ondemand::value item = element.value();
    texts.emplace_back(std::string_view(simdjson::to_json_string(item)));
  }
  return texts;
}

InputOutput parse(const JsonRow& row, std::string_view text) {
  InputOutput out;
  const simdjson::padded_string padded(text);
  try {
    ondemand::parser parser;
    ondemand::document document = parser.iterate(padded);
    for (auto field : document.get_object()) {
      const std::string_view key = field.unescaped_key();
      ondemand::value value = field.value();
      if (key == "inputs") {
        out.inputs = json_texts(value);
      } else if (key == "outputs") {
        out.outputs = json_texts(value);
      } else if (key == "fn_name" && value.type() != ondemand::json_type::null) {
        out.function = std::string_view(value.get_string());
      } else {
        check_value(value);
      }
    }
  } catch (const simdjson::simdjson_error& e) {
    row.fail(kKey, fmt::format("found no such JSON ({}), expected inputs and outputs", e.what()));
  }
  if (out.inputs.size() != out.outputs.size()) {
    row.fail(kKey, fmt::format("found {} inputs and {} outputs, expected as many",
                               out.inputs.size(), out.outputs.size()));
  }
  return out;
}

// Text of a program's input or output: a JSON text, or an array of its lines.
std::string lines_of(const JsonRow& row, const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element value;
  const bool known = parser.parse(json).get(value) == simdjson::SUCCESS;
  if (known && value.is_string()) return std::string(std::string_view(value));
  if (!known || !value.is_array()) {
    row.fail(kKey,
             fmt::format("found {}, expected a text or an array of lines", json.substr(0, 40)));
  }
  std::vector<std::string_view> lines;
  for (const simdjson::dom::element line : simdjson::dom::array(value)) {
    std::string_view text;
    if (line.get(text) != simdjson::SUCCESS) {
      row.fail(kKey, "found a line that is no text, expected texts");
    }
    lines.push_back(text);
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

// What is inside of an array of exactly one value; nothing for anything else.
std::optional<std::string> only_element(const std::string& json) {
  if (json.size() < 3 || json.front() != '[') return std::nullopt;
  return minified_value(std::string_view(json).substr(1, json.size() - 2));
}

// Outputs of calls are mostly wrapped, [5] for 5: they are unwrapped when all of a doc's are arrays
// of one value.
void unwrap(std::vector<std::string>& outputs) {
  std::vector<std::string> inner;
  for (const std::string& output : outputs) {
    auto element = only_element(output);
    if (!element) return;
    inner.push_back(std::move(*element));
  }
  outputs = std::move(inner);
}

std::string call_data(const JsonRow& row, InputOutput tests) {
  TestsWriter writer(row, tests.function, row.text_or_empty("starter_code"));
  for (auto* const list : {&tests.inputs, &tests.outputs}) {
    for (std::string& json : *list) {
      auto value = minified_value(json);
      if (!value) {
        row.fail(kKey, fmt::format("found {}, expected a JSON value", json.substr(0, 40)));
      }
      json = std::move(*value);
    }
  }
  unwrap(tests.outputs);
  for (std::size_t i = 0; i < tests.inputs.size(); ++i) {
    if (!tests.inputs[i].starts_with('[')) {
      row.fail(kKey, fmt::format("found {}, expected an array of arguments",
                                 tests.inputs[i].substr(0, 40)));
    }
    writer.add_call(tests.inputs[i], tests.outputs[i]);
  }
  return writer.finish();
}

// The first of `solutions`, the text of an array of texts.
std::string first_solution(const JsonRow& row) {
  const std::string_view text = row.text_or_empty("solutions");
  if (text.empty()) return {};
  simdjson::dom::parser parser;
  simdjson::dom::array array;
  if (parser.parse(simdjson::padded_string(text)).get(array) != simdjson::SUCCESS) {
    row.fail("solutions", "found no JSON array, expected one of texts");
  }
  if (array.size() == 0) return {};
  std::string_view first;
  if (array.at(0).get(first) != simdjson::SUCCESS) {
    row.fail("solutions", "found no text, expected one");
  }
  return std::string(first);
}

}  // namespace

void read_apps(const JsonRow& row, Doc& doc) {
  doc.target = first_solution(row);
  const std::string_view text = row.text_or_empty(kKey);
  InputOutput tests = text.empty() ? InputOutput{} : parse(row, text);
  if (!tests.function.empty()) {
    doc.data = call_data(row, std::move(tests));
    return;
  }
  TestsWriter writer(row);
  for (std::size_t i = 0; i < tests.inputs.size(); ++i) {
    writer.add_stdio(lines_of(row, tests.inputs[i]), lines_of(row, tests.outputs[i]));
  }
  doc.data = writer.finish();
}

}  // namespace tally
