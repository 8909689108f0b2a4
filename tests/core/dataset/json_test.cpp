#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/dataset/dataset.hpp"
#include "temp_dir.hpp"

using tally::DatasetFormat;
using tally::DatasetSpec;

namespace {

DatasetSpec gsm8k() {
  DatasetSpec spec;
  spec.format = DatasetFormat::gsm8k;
  return spec;
}

}  // namespace

TEST_CASE("a key makes groups, and a line without it is refused", "[dataset][json]") {
  const TempDir dir;
  DatasetSpec spec;
  spec.group_by = "subject";
  const auto docs =
      tally::read_docs(spec,
                       dir.file("a",
                                "{\"input\":\"x\",\"target\":\"1\",\"subject\":\"law\"}\n"
                                "{\"subject\":7,\"input\":\"y\",\"target\":\"2\"}\n"),
                       0);
  CHECK(docs[0].group == "law");
  CHECK(docs[1].group == "7");
  spec.group_by = "target";
  CHECK(tally::read_docs(spec, dir.path() / "a", 0)[1].group == "2");
  spec.group_by = "subject";
  const auto bare = dir.file("b", "{\"input\":\"x\",\"target\":\"1\"}\n");
  CHECK_THROWS_WITH(tally::read_docs(spec, bare, 0),
                    bare.string() + ":1: subject: found no such key, expected one in every line");
  const auto empty = dir.file("c", "{\"input\":\"x\",\"target\":\"1\",\"subject\":\"\"}\n");
  CHECK_THROWS_WITH(tally::read_docs(spec, empty, 0),
                    empty.string() + ":1: subject: found no text, expected the name of a group");
}

TEST_CASE("the prompts' digest is of texts in order, not of ids and targets", "[dataset][json]") {
  const TempDir dir;
  const auto prompts = [&](const std::string& lines) {
    return tally::survey_docs(DatasetSpec{}, dir.file("p", lines), 0).prompts.hex();
  };
  const std::string one = R"({"input":"a","target":"1"})";
  const std::string two = R"({"input":"b","target":"2"})";
  // printf '\1\0\0\0\0\0\0\0a\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0b\0\0\0\0\0\0\0\0' | sha256sum
  CHECK(prompts(one + "\n" + two) ==
        "03c81b88a5638374741f011256459c9c0e5e30de81279613d0a09a43c8d81318");
  CHECK(prompts(R"({"id":9,"input":"a","target":"7"})"
                "\n" +
                two) == prompts(one + "\n" + two));
  CHECK(prompts(two + "\n" + one) != prompts(one + "\n" + two));
}

TEST_CASE("falsy targets survive", "[dataset][json][trap-8]") {
  struct Case {
    const char* json;
    const char* text;
  };
  const auto value =
      GENERATE(values<Case>({{"\"0\"", "0"},
                             {"0", "0"},
                             {"0.0", "0.0"},
                             {"-0.0 ", "-0.0"},
                             {"\"\"", ""},
                             {"\"false\"", "false"},
                             {"false", "false"},
                             {" true\t", "true"},
                             {"\"null\"", "null"},
                             {"1e3", "1e3"},
                             {"123456789012345678901234567890", "123456789012345678901234567890"},
                             {"\"a\\n\\u00e9\"", "a\n\xC3\xA9"}}));
  const TempDir dir;
  CAPTURE(value.json);
  const auto docs = tally::read_docs(
      DatasetSpec{}, dir.file("a", std::string("{\"target\":") + value.json + ",\"input\":1}"), 0);
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].target == value.text);
  CHECK(docs[0].text == "1");
}

TEST_CASE("ids are text", "[dataset][json]") {
  const TempDir dir;
  DatasetSpec spec;
  spec.id = "n";
  const auto file = dir.file("a",
                             "{\"n\":\"001\",\"input\":\"\",\"target\":1}\n"
                             "{\"n\":1,\"input\":\"\",\"target\":1}\n"
                             "{\"n\":\"01\",\"input\":\"\",\"target\":1}\n");
  const auto docs = tally::read_docs(spec, file, 0);
  REQUIRE(docs.size() == 3);
  CHECK(docs[0].id == "001");
  CHECK(docs[1].id == "1");
  CHECK(docs[2].id == "01");
}

TEST_CASE("an array of numbers is a row of features", "[dataset][json]") {
  const TempDir dir;
  const auto docs =
      tally::read_docs(DatasetSpec{}, dir.file("a", "{\"input\":[1, 2.5,-3e2],\"target\":4}"), 0);
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].features == std::vector<float>{1.0F, 2.5F, -300.0F});
  CHECK(docs[0].text.empty());
}

TEST_CASE("a bad line is refused with file and line", "[dataset][json]") {
  struct Bad {
    const char* line;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {R"({"input":"a"})", ":3: target: found no such key, expected one in every line"},
      {R"({"target":"a"})", ":3: input: found no such key, expected one in every line"},
      {R"({"input":"a","target":null})",
       ":3: target: found null, an array or an object, expected a string, number or boolean"},
      {R"({"input":"a","target":["b"]})",
       ":3: target: found null, an array or an object, expected a string, number or boolean"},
      {R"({"input":"a","target":"b","target":"c"})",
       ":3: target: found the key twice, expected it once"},
      {R"({"input":["a"],"target":1})",
       ":3: input: found an array with other values, expected finite numbers"},
      {R"({"input":[1e99],"target":1})",
       ":3: input: found a number beyond 32-bit floats, expected finite numbers"},
      {R"({"input":"a","target":"b"} {"input":"c","target":"d"})",
       ":3: found text after the object, expected the end of the line"},
      {R"({"input":"a","target":"b"},)", ":3: found no JSON object ("},
      {R"(["input","target"])", ":3: found no JSON object ("},
      {R"({"input":"a","target":"b")", ":3: found no JSON object ("},
      {R"({"input":"a","target":"b)", ":3: found no JSON object ("},
      {R"({"input":"a","target":nope})", ":3: found no JSON object ("},
      {R"({"input":"a","target":01})", ":3: found no JSON object ("},
      {R"({"other":nope,"input":"a","target":"b"})", ":3: found no JSON object ("},
      {R"({"other":[1,{"x":"\q"}],"input":"a","target":"b"})", ":3: found no JSON object ("},
      {"{\"input\":\"\xC3\",\"target\":\"b\"}",
       ":3: found bytes that are no UTF-8, expected UTF-8 text"},
      {"nonsense", ":3: found no JSON object ("},
  }));
  const TempDir dir;
  const auto file =
      dir.file("a.jsonl", std::string("{\"input\":\"a\",\"target\":\"b\"}\n\n") + bad.line);
  CAPTURE(bad.line);
  CHECK_THROWS_WITH(tally::read_docs(DatasetSpec{}, file, 0),
                    TALLY_CONTAINS(file.string() + bad.message));
}

TEST_CASE("a GSM8K target is what stands after the last ####", "[dataset][gsm8k]") {
  struct Case {
    const char* answer;
    const char* target;
  };
  const auto row = GENERATE(values<Case>({{"2+2 = <<2+2=4>>4\\n#### 4", "4"},
                                          {"x\\n#### 1,234,567", "1234567"},
                                          {"x\\n####  -3 ", "-3"},
                                          {"#### 1\\n#### 0", "0"},
                                          {"x\\n####18", "18"}}));
  const TempDir dir;
  const auto docs = tally::read_docs(
      gsm8k(), dir.file("a", std::string("{\"question\":\"q\",\"answer\":\"") + row.answer + "\"}"),
      0);
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].target == row.target);
  CHECK(docs[0].text == "q");
  CHECK(docs[0].id == "0");
}

TEST_CASE("a GSM8K id is used where there is one", "[dataset][gsm8k]") {
  const TempDir dir;
  const auto docs =
      tally::read_docs(gsm8k(),
                       dir.file("a",
                                "{\"question\":\"q\",\"answer\":\"#### 1\"}\n"
                                "{\"id\":\"test-7\",\"question\":\"q\",\"answer\":\"#### 1\"}\n"),
                       0);
  REQUIRE(docs.size() == 2);
  CHECK(docs[0].id == "0");
  CHECK(docs[1].id == "test-7");
  CHECK(docs[0].hash == docs[1].hash);
}

TEST_CASE("a GSM8K line without an answer is refused", "[dataset][gsm8k]") {
  const TempDir dir;
  const auto without = dir.file("a", R"({"question":"q","answer":"4"})");
  CHECK_THROWS_WITH(
      tally::read_docs(gsm8k(), without, 0),
      without.string() + ":1: answer: found no '####' line, expected '#### <answer>' at the end");
  const auto empty = dir.file("b", R"({"question":"q","answer":"x\n#### "})");
  CHECK_THROWS_WITH(tally::read_docs(gsm8k(), empty, 0),
                    empty.string() + ":1: answer: found nothing after '####', expected an answer");
}

TEST_CASE("a doc's hash is of its content alone", "[dataset][json]") {
  const TempDir dir;
  const auto docs = tally::read_docs(DatasetSpec{},
                                     dir.file("a",
                                              "{\"input\":\"a\",\"target\":\"b\"}\n"
                                              "{\"target\":\"b\",\"x\":1,\"input\":\"a\"}\n"
                                              "{\"input\":\"ab\",\"target\":\"\"}\n"
                                              "{\"input\":[0],\"target\":\"b\"}\n"
                                              "{\"input\":[1],\"target\":\"b\"}\n"),
                                     0);
  REQUIRE(docs.size() == 5);
  CHECK(docs[0].hash == "0e9295938886a759");
  CHECK(docs[1].hash == docs[0].hash);
  CHECK(docs[2].hash != docs[0].hash);
  CHECK(docs[3].hash != docs[4].hash);
}
