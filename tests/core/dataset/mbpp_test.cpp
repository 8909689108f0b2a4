#include "catch.hpp"
#include "core/dataset/formats.hpp"

namespace {

const tally::DatasetSpec kMbpp = spec_of(tally::DatasetFormat::mbpp);

}  // namespace

TEST_CASE("an MBPP row keeps its line ends and becomes a doc", "[dataset][mbpp]") {
  const auto docs = docs_of(
      kMbpp,
      R"~({"text":"Write f.","code":"def f(x):\r\n    return x","task_id":11,)~"
      R"~("test_setup_code":"import re","test_list":["assert f(1) == 1","assert f('\u00e9')"],)~"
      R"~("challenge_test_list":["assert f(9)"]})~");
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].id == "11");
  CHECK(docs[0].text == "Write f.");
  CHECK(docs[0].target == "def f(x):\r\n    return x");
  CHECK(docs[0].data ==
        "{\"style\":\"asserts\",\"setup\":\"import re\",\"tests\":[\"assert f(1) == "
        "1\",\"assert f('\xC3\xA9')\"]}");
}

TEST_CASE("the sanitized MBPP is one array", "[dataset][mbpp]") {
  const std::string array =
      "\n [\r\n{\"source_file\":\"x\",\"task_id\":2,\"prompt\":\"P\",\n\"code\":\"C\","
      "\"test_imports\":[\"import math\",\"import re\"],\"test_list\":[]},\n"
      "  {\"task_id\":\"03\",\"prompt\":\"Q\",\"code\":\"\",\"test_imports\":[],"
      "\"test_list\":[\"assert 1\"]}]\n\n";
  const auto docs = docs_of(kMbpp, array);
  REQUIRE(docs.size() == 2);
  CHECK(docs[0].id == "2");
  CHECK(docs[0].text == "P");
  CHECK(docs[0].target == "C");
  CHECK(docs[0].data == R"({"style":"asserts","setup":"import math\nimport re","tests":[]})");
  CHECK(docs[1].id == "03");
  CHECK(docs[1].data == R"({"style":"asserts","setup":"","tests":["assert 1"]})");
}

TEST_CASE("an empty array has no docs", "[dataset][mbpp]") {
  CHECK(docs_of(kMbpp, "[]").empty());
  CHECK(docs_of(kMbpp, "").empty());
}

TEST_CASE("a bad array is refused with the index", "[dataset][mbpp]") {
  CHECK(refusal_of(kMbpp, "[{\"task_id\":1,\"prompt\":\"\",\"code\":\"\",\"test_list\":[]},\n3]") ==
        ": [1]: found no object, expected one");
  CHECK(refusal_of(kMbpp, "[{\"task_id\":1,\"prompt\":\"\",\"code\":\"\",\"test_list\":[1]}]") ==
        ": [0].test_list[0]: found no text, expected one");
  CHECK(refusal_of(kMbpp, R"([{"task_id":1,"prompt":"","code":"","test_list":"assert"}])") ==
        ": [0].test_list: found no array, expected one of texts");
  CHECK(refusal_of(kMbpp, R"([{"task_id":1,"code":"","test_list":[]}])") ==
        ": [0].prompt: found no such key, expected one in every row");
  CHECK_THAT(refusal_of(kMbpp, "[{},"), Catch::Matchers::StartsWith(": found no JSON array ("));
  CHECK_THAT(refusal_of(kMbpp, "[]\n{}"), Catch::Matchers::StartsWith(": found no JSON array ("));
}
