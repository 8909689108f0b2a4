#include "code_cases.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "core/base/digest.hpp"

namespace {

using nlohmann::json;

struct Part {
  std::string head;
  std::string body;
};

// What stands between lines that begin with `mark`; what stands before the first is dropped.
std::vector<Part> parts_of(const std::string& text, const std::string& mark) {
  std::vector<Part> parts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(mark))
      parts.push_back({line.substr(mark.size()), ""});
    else if (!parts.empty())
      parts.back().body += line + "\n";
  }
  return parts;
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().empty()) throw std::runtime_error(fmt::format("{}: nothing there", path));
  return text.str();
}

std::string stripped(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// As text: nlohmann's JSON has no whole number of more than 64 bits.
std::string functional_data(const std::string& entry, const std::string& calls) {
  std::string tests;
  std::istringstream lines(calls);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t arrow = line.find(" => ");
    tests += fmt::format(R"({}{{"args":{},"expected":{}}})", tests.empty() ? "" : ",",
                         line.substr(0, arrow), line.substr(arrow + 4));
  }
  return fmt::format(R"({{"style":"functional","entry_point":{},"starter":"","tests":[{}]}})",
                     json(entry).dump(), tests);
}

CodeCase case_of(const Part& part) {
  const std::size_t bar = part.head.rfind(" | ");
  CodeCase out;
  out.name = part.head.substr(0, bar);
  json data{{"style", part.head.substr(bar + 3)}, {"tests", json::array()}};
  std::string calls;
  if (data["style"] == "asserts") data["setup"] = "";
  for (const Part& each : parts_of(part.body, "--- ")) {
    if (each.head == "right") {
      out.right = each.body;
    } else if (each.head.starts_with("wrong ")) {
      out.wrong.emplace_back(each.head.substr(6), each.body);
    } else if (each.head == "assert") {
      data["tests"].push_back(stripped(each.body));
    } else if (each.head == "input") {
      data["tests"].push_back({{"input", each.body}});
    } else if (each.head == "output") {
      data["tests"].back()["output"] = each.body;
    } else if (each.head == "entry") {
      data["entry_point"] = stripped(each.body);
    } else if (each.head == "call") {
      calls = each.body;
    } else {
      data[each.head] = each.body;
    }
  }
  if (data["style"] == "humaneval") data.erase("tests");
  out.doc =
      code_doc(out.name, calls.empty() ? data.dump() : functional_data(data["entry_point"], calls),
               out.right);
  return out;
}

}  // namespace

tally::Doc code_doc(const std::string& id, const std::string& data, const std::string& canonical) {
  tally::Doc doc;
  doc.id = id;
  doc.data = data;
  doc.target = canonical;
  doc.hash = tally::sha256(std::string_view(id + data + canonical)).short_hex();
  return doc;
}

std::vector<CodeCase> code_cases() {
  std::vector<CodeCase> cases;
  for (const Part& part : parts_of(read(TALLY_CODE_CASES "/cases.txt"), "=== "))
    cases.push_back(case_of(part));
  return cases;
}

std::vector<std::pair<std::string, std::string>> forgeries(const std::string& file) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Part& part : parts_of(read(TALLY_CODE_CASES "/" + file), "=== "))
    out.emplace_back(part.head, part.body);
  return out;
}
