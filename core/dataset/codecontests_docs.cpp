#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/dataset/code_docs.hpp"

// Exports of CodeContests as JSON come in two shapes: lists of {input, output} and
// {language, solution}, or, from Hugging Face, objects of lists of equal length.

namespace tally {

namespace {

using simdjson::dom::element;

// Calls `take(a, b)` for every pair under `key` in either shape.
template <class Take>
void each_pair(const JsonRow& row, std::string_view key, const char* first, const char* second,
               Take take) {
  const element value = row.get(key);
  if (value.is_array()) {
    std::size_t index = 0;
    for (const element item : simdjson::dom::array(value)) {
      const JsonRow pair = row.below(fmt::format("{}[{}]", key, index++), item);
      take(pair, pair.get(first), pair.get(second));
    }
    return;
  }
  const JsonRow lists = row.below(key, value);
  simdjson::dom::array a;
  simdjson::dom::array b;
  if (lists.get(first).get(a) != simdjson::SUCCESS ||
      lists.get(second).get(b) != simdjson::SUCCESS || a.size() != b.size()) {
    lists.fail(first, fmt::format("found no array as long as {}, expected one", second));
  }
  auto other = b.begin();
  for (const element item : a) {
    take(lists, item, *other);
    ++other;
  }
}

std::string_view text_of(const JsonRow& row, std::string_view key, element value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) row.fail(key, "found no text, expected one");
  return text;
}

// Of the enum in contest_problem.proto, or its name.
bool is_python3(element language) {
  constexpr std::int64_t kPython3 = 3;
  std::int64_t number = 0;
  std::string_view name;
  if (language.get(number) == simdjson::SUCCESS) return number == kPython3;
  return language.get(name) == simdjson::SUCCESS && name == "PYTHON3";
}

}  // namespace

void read_codecontests(const JsonRow& row, Doc& doc) {
  constexpr std::array<std::string_view, 3> kKeys{"public_tests", "private_tests",
                                                  "generated_tests"};
  if (std::ranges::none_of(kKeys,
                           [&](std::string_view key) { return row.find(key).has_value(); })) {
    row.fail("public_tests", "found no such key, expected one in every row");
  }
  TestsWriter writer(row);
  for (const std::string_view key : kKeys) {
    if (!row.find(key)) continue;
    each_pair(row, key, "input", "output", [&](const JsonRow& at, element input, element output) {
      writer.add_stdio(text_of(at, "input", input), text_of(at, "output", output));
    });
  }
  doc.data = writer.finish();
  if (!row.find("solutions")) return;
  bool found = false;
  each_pair(row, "solutions", "language", "solution",
            [&](const JsonRow& at, element language, element solution) {
              if (found || !is_python3(language)) return;
              doc.target = text_of(at, "solution", solution);
              found = true;
            });
}

}  // namespace tally
