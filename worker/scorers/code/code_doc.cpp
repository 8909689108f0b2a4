#include "worker/scorers/code/code_doc.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <optional>
#include <string_view>
#include <utility>

#include "core/base/error.hpp"

// simdjson's on-demand parser, because arguments and expected values stay JSON text: its DOM
// refuses integers beyond 64 bits, which Python's tests do have.

namespace tally::worker {
namespace {

namespace ondemand = simdjson::ondemand;

class Parser {
 public:
  explicit Parser(const Doc& doc) : doc_(doc), json_(doc.data) {}

  CodeDoc parse() {
    if (doc_.data.empty()) throw bad("data", "found none, expected a programming problem");
    ondemand::parser parser;
    ondemand::document document = parser.iterate(json_);
    for (auto field : document.get_object()) {
      const std::string key(std::string_view(field.unescaped_key()));
      take(key, field.value());
    }
    // Out of bounds is how a document says that nothing is left.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      throw bad("data", "found text after the object, expected the end");
    }
    if (!style_) throw bad("style", "found none, expected one");
    check_style();
    return std::move(out_);
  }

  [[nodiscard]] Error bad(const std::string& key, const std::string& message) const {
    return Error(Errc::data, fmt::format("doc {}: {}: {}", doc_.id, key, message));
  }

 private:
  void take(const std::string& key, ondemand::value value) {
    if (key == "style") {
      style_ = style_of(text(key, value));
    } else if (std::string* const field = field_of(key)) {
      *field = text(key, value);
    } else if (key == "tests") {
      for (auto test : value.get_array()) take_test(test.value());
    } else {
      throw bad(key,
                "found the key, expected style, prompt, entry_point, test, setup, starter or "
                "tests");
    }
  }

  std::string* field_of(std::string_view key) {
    if (key == "prompt") return &out_.prompt;
    if (key == "entry_point") return &out_.entry_point;
    if (key == "test") return &out_.test;
    if (key == "setup") return &out_.setup;
    if (key == "starter") return &out_.starter;
    return nullptr;
  }

  void take_test(ondemand::value value) {
    if (value.type() == ondemand::json_type::string) {
      out_.asserts.emplace_back(std::string_view(value.get_string()));
      return;
    }
    StdioTest stdio;
    FunctionTest function;
    unsigned seen = 0;
    for (auto field : value.get_object()) {
      const std::string key(std::string_view(field.unescaped_key()));
      if (key == "input") {
        seen |= 1U;
        stdio.input = text(key, field.value());
      } else if (key == "output") {
        seen |= 2U;
        stdio.output = text(key, field.value());
      } else if (key == "args") {
        seen |= 4U;
        ondemand::value args = field.value();
        if (args.type() != ondemand::json_type::array) {
          throw bad(key, "found no array, expected one");
        }
        function.args = raw(args);
      } else if (key == "expected") {
        seen |= 8U;
        function.expected = raw(field.value());
      } else {
        seen |= 16U;
      }
    }
    if (seen == 3U) {
      out_.stdio.push_back(std::move(stdio));
    } else if (seen == 12U) {
      out_.functions.push_back(std::move(function));
    } else {
      throw bad("tests",
                "found a test of other keys, expected input and output, or args and "
                "expected");
    }
  }

  [[nodiscard]] std::string text(const std::string& key, ondemand::value value) const {
    if (value.type() != ondemand::json_type::string) {
      throw bad(key, "found no text, expected one");
    }
    return std::string(std::string_view(value.get_string()));
  }

  // The text of a value as it stands.
  static std::string raw(ondemand::value value) {
    return std::string(std::string_view(simdjson::to_json_string(value)));
  }

  [[nodiscard]] CodeDoc::Style style_of(const std::string& name) const {
    if (name == "humaneval") return CodeDoc::Style::humaneval;
    if (name == "asserts") return CodeDoc::Style::asserts;
    if (name == "functional") return CodeDoc::Style::functional;
    if (name == "stdio") return CodeDoc::Style::stdio;
    throw bad("style",
              fmt::format("found '{}', expected humaneval, asserts, functional or stdio", name));
  }

  // A doc that could not be run as it says.
  void check_style() {
    out_.style = *style_;
    const bool calls =
        *style_ == CodeDoc::Style::humaneval || *style_ == CodeDoc::Style::functional;
    if (calls && out_.entry_point.empty()) {
      throw bad("entry_point", "found none, expected the name of a function");
    }
    const auto only = [&](CodeDoc::Style style, bool none, const char* expected) {
      if (*style_ != style && !none) {
        throw bad("tests", fmt::format("found a test of another style, expected {}", expected));
      }
    };
    const char* const expected = tests_of(*style_);
    only(CodeDoc::Style::asserts, out_.asserts.empty(), expected);
    only(CodeDoc::Style::functional, out_.functions.empty(), expected);
    only(CodeDoc::Style::stdio, out_.stdio.empty(), expected);
  }

  static const char* tests_of(CodeDoc::Style style) {
    switch (style) {
      case CodeDoc::Style::humaneval:
        return "none";
      case CodeDoc::Style::asserts:
        return "texts";
      case CodeDoc::Style::functional:
        return "objects of args and expected";
      case CodeDoc::Style::stdio:
        break;
    }
    return "objects of input and output";
  }

  const Doc& doc_;
  simdjson::padded_string json_;
  CodeDoc out_;
  std::optional<CodeDoc::Style> style_;
};

}  // namespace

CodeDoc parse_code_doc(const Doc& doc) {
  Parser parser(doc);
  try {
    return parser.parse();
  } catch (const simdjson::simdjson_error& e) {
    throw parser.bad("data", fmt::format("found no such JSON ({}), expected an object", e.what()));
  }
}

}  // namespace tally::worker
