#include "catch.hpp"
#include "core/base/json_writer.hpp"
#include "core/dataset/formats.hpp"

namespace {

const tally::DatasetSpec kLcb = spec_of(tally::DatasetFormat::lcb);

std::string row(const std::string& public_tests, const std::string& private_tests,
                const std::string& metadata = "{}", const std::string& starter = "") {
  tally::JsonWriter json;
  json.begin_object().key("question_title").value("T").key("question_content").value("Q");
  json.key("platform").value("atcoder").key("question_id").value("abc1_a");
  json.key("difficulty").value("easy").key("starter_code").value(starter);
  json.key("public_test_cases").value(public_tests);
  json.key("private_test_cases").value(private_tests);
  json.key("metadata").value(metadata).end_object();
  return std::move(json).text() + "\n";
}

std::string test(const std::string& input, const std::string& output, const char* type) {
  tally::JsonWriter json;
  json.begin_object().key("input").value(input).key("output").value(output);
  json.key("testtype").value(type).end_object();
  return std::move(json).text();
}

}  // namespace

TEST_CASE("LiveCodeBench's public and private tests are both run", "[dataset][lcb]") {
  tally::DatasetSpec spec = kLcb;
  spec.group_by = "platform";
  const auto docs = docs_of(
      spec, row("[" + test("1\n2", "3\n", "stdin") + "]", " [" + test("", "\t", "stdin") + "]"));
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].id == "abc1_a");
  CHECK(docs[0].text == "Q");
  CHECK(docs[0].target.empty());
  CHECK(docs[0].group == "atcoder");
  CHECK(
      docs[0].data ==
      R"({"style":"stdio","tests":[{"input":"1\n2","output":"3\n"},{"input":"","output":"\t"}]})");
}

TEST_CASE("LiveCodeBench's packed private tests are unpacked", "[dataset][lcb]") {
  // base64(zlib(pickle('[{"input": "3\n", "output": "é", "testtype": "stdin"}]'))), protocol 4
  const auto docs = docs_of(
      kLcb, row("[]",
                "eJxrYJlqzQABPebR1UqZeQWlJUpWCkrGMXlKOgpK+aUlUIHDK0H8ktTikpLKglSQSHFJSmaeUm3sFD0Alf"
                "8Utg=="));
  CHECK(docs.at(0).data ==
        "{\"style\":\"stdio\",\"tests\":[{\"input\":\"3\\n\",\"output\":\"\xC3\xA9\"}]}");
}

TEST_CASE("LiveCodeBench's calls keep their numbers", "[dataset][lcb]") {
  const auto docs = docs_of(
      kLcb,
      row("[" + test("[1, 2]\n123456789012345678901234567890\n\"a b\"", " [ true ]", "functional") +
              "]",
          "[" + test("1.50", "null", "functional") + "]", R"({"func_name": "solve"})",
          "class Solution:"));
  CHECK(docs.at(0).data ==
        R"({"style":"functional","entry_point":"solve","starter":"class Solution:","tests":[)"
        R"({"args":[[1,2],123456789012345678901234567890,"a b"],"expected":[true]},)"
        R"({"args":[1.50],"expected":null}]})");
}

TEST_CASE("a LiveCodeBench doc may have no test", "[dataset][lcb][trap-17]") {
  CHECK(docs_of(kLcb, row("[]", "[]")).at(0).data == R"({"style":"stdio","tests":[]})");
  CHECK(docs_of(kLcb, row("[]", "[]", R"({"func_name":"f"})")).at(0).data ==
        R"({"style":"functional","entry_point":"f","starter":"","tests":[]})");
}

TEST_CASE("tests of LiveCodeBench that cannot be run are refused", "[dataset][lcb]") {
  struct Bad {
    std::string row;
    const char* message;
  };
  const std::string stdio = test("", "", "stdin");
  const std::string call = test("1", "1", "functional");
  const std::string name = R"({"func_name":"f"})";
  const std::vector<Bad> all{
      {row("", "[]"), "public_test_cases: found no JSON array, expected one of tests"},
      {row("{}", "[]"), "public_test_cases: found no JSON array, expected one of tests"},
      {row("[1]", "[]"), "public_test_cases[0]: found no object, expected one"},
      {row("[" + stdio + ",{}]", "[]"),
       "public_test_cases[1].testtype: found no such key, expected one in every row"},
      {row("[" + test("", "", "file") + "]", "[]"),
       "public_test_cases[0].testtype: found 'file', expected stdin or functional"},
      {row("[" + stdio + "]", "[" + call + "]", name),
       "private_test_cases[0].testtype: found 'functional', expected that of the first test"},
      {row("[" + call + "]", "[]"),
       "public_test_cases[0].testtype: found 'functional', expected metadata.func_name, too"},
      {row("[" + test("1,2", "1", "functional") + "]", "[]", name),
       "public_test_cases[0].input: found a line that is no JSON, expected one value a line"},
      {row("[" + test("1],[2", "1", "functional") + "]", "[]", name),
       "public_test_cases[0].input: found a line that is no JSON, expected one value a line"},
      {row("[" + test("1\n", "1", "functional") + "]", "[]", name),
       "public_test_cases[0].input: found a line that is no JSON, expected one value a line"},
      {row("[" + test("1", "NaN", "functional") + "]", "[]", name),
       "public_test_cases[0].output: found no JSON, expected one value"},
      {row("[]", "[]", "func"), "metadata: found no JSON object, expected one"},
      {row("[]", "[]", "[]"), "metadata: found no object, expected one"},
      {row("[]", "x"),
       "private_test_cases: found no base64, expected base64 of zlib of a pickled "
       "text"},
      // pickle("") of protocol 4
      {row("[]", "eJxrYJnKwgABPQxT9AATDgJs"),
       "private_test_cases: found no JSON array, expected one of tests"},
  };
  for (const Bad& bad : all) CHECK(refusal_of(kLcb, bad.row) == ":1: " + std::string(bad.message));
}
