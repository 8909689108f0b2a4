#include "worker/scorers/code/code_doc.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"

using tally::worker::CodeDoc;
using tally::worker::FunctionTest;
using tally::worker::parse_code_doc;
using tally::worker::StdioTest;

namespace {

CodeDoc parse(const std::string& data) {
  tally::Doc doc;
  doc.id = "d7";
  doc.data = data;
  return parse_code_doc(doc);
}

}  // namespace

TEST_CASE("a HumanEval doc has a prompt, an entry point and a test", "[code][doc]") {
  const CodeDoc doc = parse(
      R"({"style":"humaneval","prompt":"def f():\n","entry_point":"f","test":"def check(c): \u00e9"})");
  CHECK(doc.style == CodeDoc::Style::humaneval);
  CHECK(doc.prompt == "def f():\n");
  CHECK(doc.entry_point == "f");
  CHECK(doc.test == "def check(c): \xC3\xA9");
}

TEST_CASE("a doc of asserts has a setup and statements", "[code][doc]") {
  const CodeDoc doc = parse(
      R"~({"style":"asserts","setup":"import re","tests":["assert f(1) == 2","assert f(2)"]})~");
  CHECK(doc.style == CodeDoc::Style::asserts);
  CHECK(doc.setup == "import re");
  CHECK(doc.asserts == std::vector<std::string>{"assert f(1) == 2", "assert f(2)"});
}

TEST_CASE("arguments and expected values stay JSON text", "[code][doc]") {
  const CodeDoc doc =
      parse(R"({"style":"functional","entry_point":"f","starter":"class Solution:","tests":[)"
            R"({"args":[[1,{"a":"]\""}],123456789012345678901234567890],"expected":null},)"
            R"({"args":[],"expected":"x\ty"},{"args":["é"],"expected":-1.50},)"
            R"({"expected":{"k":[true]},"args":[false]}]})");
  CHECK(doc.style == CodeDoc::Style::functional);
  CHECK(doc.starter == "class Solution:");
  CHECK(doc.functions ==
        std::vector<FunctionTest>{{R"([[1,{"a":"]\""}],123456789012345678901234567890])", "null"},
                                  {"[]", R"("x\ty")"},
                                  {R"(["é"])", "-1.50"},
                                  {"[false]", R"({"k":[true]})"}});
}

TEST_CASE("a doc of stdin programs has inputs and outputs", "[code][doc]") {
  const CodeDoc doc = parse(
      R"({"style":"stdio","tests":[{"input":"1\n","output":"\u0000"},{"output":"b","input":""}]})");
  CHECK(doc.style == CodeDoc::Style::stdio);
  CHECK(doc.stdio == std::vector<StdioTest>{{"1\n", std::string(1, '\0')}, {"", "b"}});
}

TEST_CASE("a doc may have no test", "[code][doc][trap-17]") {
  CHECK(parse(R"({"style":"stdio","tests":[]})").stdio.empty());
  CHECK(parse(R"({"style":"asserts","setup":"","tests":[]})").asserts.empty());
}

TEST_CASE("data that is no programming problem is refused", "[code][doc]") {
  struct Bad {
    const char* data;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {"", "doc d7: data: found none, expected a programming problem"},
      {"{}", "doc d7: style: found none, expected one"},
      {R"({"style":"java","tests":[]})",
       "doc d7: style: found 'java', expected humaneval, asserts, functional or stdio"},
      {R"({"style":1})", "doc d7: style: found no text, expected one"},
      {R"({"style":"stdio","choices":[]})",
       "doc d7: choices: found the key, expected style, prompt, entry_point, test, setup, starter "
       "or tests"},
      {R"({"style":"humaneval","prompt":"","test":""})",
       "doc d7: entry_point: found none, expected the name of a function"},
      {R"({"style":"functional","tests":[]})",
       "doc d7: entry_point: found none, expected the name of a function"},
      {R"~({"style":"stdio","tests":["assert f()"]})~",
       "doc d7: tests: found a test of another style, expected objects of input and output"},
      {R"({"style":"functional","entry_point":"f","tests":[{"input":"","output":""}]})",
       "doc d7: tests: found a test of another style, expected objects of args and expected"},
      {R"({"style":"asserts","tests":[{"args":[],"expected":1}]})",
       "doc d7: tests: found a test of another style, expected texts"},
      {R"~({"style":"humaneval","entry_point":"f","tests":["assert f()"]})~",
       "doc d7: tests: found a test of another style, expected none"},
      {R"({"style":"stdio","tests":[{"input":""}]})",
       "doc d7: tests: found a test of other keys, expected input and output, or args and "
       "expected"},
      {R"({"style":"functional","entry_point":"f","tests":[{"args":1,"expected":1}]})",
       "doc d7: args: found no array, expected one"},
      {R"({"style":"stdio","tests":[]}{})",
       "doc d7: data: found text after the object, expected "
       "the end"},
  }));
  CAPTURE(bad.data);
  CHECK_THROWS_WITH(parse(bad.data), bad.message);
}

TEST_CASE("data that is no JSON is refused", "[code][doc]") {
  for (const char* data :
       {"[]", "{", R"({"style")", R"({"style":"stdio","tests":{}})", "nonsense"}) {
    CAPTURE(data);
    CHECK_THROWS_WITH(parse(data), TALLY_CONTAINS("doc d7: data: found no such JSON ("));
  }
}
