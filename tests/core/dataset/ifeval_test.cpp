#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/dataset/dataset.hpp"
#include "temp_dir.hpp"

using tally::DatasetFormat;
using tally::DatasetSpec;

namespace {

DatasetSpec ifeval() {
  DatasetSpec spec;
  spec.format = DatasetFormat::ifeval;
  return spec;
}

}  // namespace

TEST_CASE("a line of IFEval becomes a doc with its instructions", "[dataset][ifeval][trap-8]") {
  const TempDir dir;
  const auto file = dir.file(
      "a",
      "{\"key\": 1000, \"prompt\": \"Say hi.\", \"instruction_id_list\": [\"a:b\", \"c:d\"],"
      " \"kwargs\": [{\"frequency\": 0, \"word\": null}, {\"x\": [\"y z\"]}]}\n"
      "\n"
      "{\"instruction_id_list\":[],\"kwargs\":[],\"prompt\":\"Say "
      "hi.\",\"key\":\"001\",\"n\":1}\n");
  const auto docs = tally::read_docs(ifeval(), file, 0);
  REQUIRE(docs.size() == 2);
  CHECK(docs[0].id == "1000");
  CHECK(docs[0].text == "Say hi.");
  CHECK(docs[0].target == "");
  CHECK(
      docs[0].data ==
      R"({"instruction_id_list":["a:b","c:d"],"kwargs":[{"frequency":0,"word":null},{"x":["y z"]}]})");
  CHECK(docs[1].id == "001");
  CHECK(docs[1].data == R"({"instruction_id_list":[],"kwargs":[]})");
  CHECK(docs[0].hash != docs[1].hash);  // the same prompt, other instructions [trap-29]
}

TEST_CASE("other keys may be named, and groups made", "[dataset][ifeval]") {
  const TempDir dir;
  DatasetSpec spec = ifeval();
  spec.id = "n";
  spec.input = "q";
  spec.group_by = "g";
  const auto docs = tally::read_docs(
      spec, dir.file("a", R"({"n":1,"q":"x","g":true,"instruction_id_list":[],"kwargs":[]})"), 0);
  CHECK(docs[0].id == "1");
  CHECK(docs[0].text == "x");
  CHECK(docs[0].group == "true");
}

TEST_CASE("a line that is none of IFEval is refused by key and line", "[dataset][ifeval]") {
  struct Case {
    const char* line;
    const char* message;
  };
  const auto c = GENERATE(values<Case>(
      {{R"({"prompt":"x","instruction_id_list":[],"kwargs":[]})",
        "key: found no such key, expected one in every line"},
       {R"({"key":1,"instruction_id_list":[],"kwargs":[]})",
        "prompt: found no such key, expected one in every line"},
       {R"({"key":1,"prompt":"x","kwargs":[]})",
        "instruction_id_list: found no such key, expected one in every line"},
       {R"({"key":1,"prompt":"x","instruction_id_list":"a","kwargs":[]})",
        "instruction_id_list: found something else, expected an array"},
       {R"({"key":1,"prompt":"x","instruction_id_list":[1],"kwargs":[{}]})",
        "instruction_id_list: found something else, expected strings"},
       {R"({"key":1,"prompt":"x","instruction_id_list":["a"],"kwargs":[null]})",
        "kwargs: found something else, expected objects"},
       {R"({"key":1,"prompt":"x","instruction_id_list":["a","b"],"kwargs":[{}]})",
        "kwargs: found 1, expected 2, one per instruction"},
       {R"({"key":1,"prompt":null,"instruction_id_list":[],"kwargs":[]})",
        "prompt: found null, an array or an object, expected a string, number or boolean"},
       {R"({"key":1,"key":2,"prompt":"x","instruction_id_list":[],"kwargs":[]})",
        "key: found the key twice, expected it once"}}));
  const TempDir dir;
  const auto file = dir.file("a", std::string(c.line) + "\n");
  CHECK_THROWS_WITH(tally::read_docs(ifeval(), file, 0), file.string() + ":1: " + c.message);
}

TEST_CASE("half a line and a target are refused", "[dataset][ifeval]") {
  const TempDir dir;
  const auto file = dir.file("a", "{\"key\":1,\"prompt\":");
  CHECK_THROWS_WITH(tally::read_docs(ifeval(), file, 0),
                    TALLY_CONTAINS(file.string() + ":1: found no JSON object ("));
  DatasetSpec spec = ifeval();
  spec.target = "answer";
  CHECK_THROWS_WITH(
      tally::read_docs(spec, file, 0),
      file.string() +
          ": target: found 'answer', expected none: docs of format ifeval have no target");
}
