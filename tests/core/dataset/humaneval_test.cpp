#include "catch.hpp"
#include "core/dataset/formats.hpp"
#include "core/dataset/gzip.hpp"

namespace {

const tally::DatasetSpec kHumanEval = spec_of(tally::DatasetFormat::humaneval);

constexpr const char* kRow =
    R"~({"task_id":"HumanEval/0","prompt":"def f(a):\n","entry_point":"f",)~"
    R"~("canonical_solution":"  return a\n","test":"def check(c):\n  assert c(1) == 1"})~";

}  // namespace

TEST_CASE("a HumanEval row becomes a doc", "[dataset][humaneval]") {
  const auto docs = docs_of(kHumanEval, std::string(kRow) + "\n");
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].id == "HumanEval/0");
  CHECK(docs[0].text == "def f(a):\n");
  CHECK(docs[0].target == "  return a\n");
  CHECK(docs[0].data == R"~({"style":"humaneval","prompt":"def f(a):\n","entry_point":"f",)~"
                        R"~("test":"def check(c):\n  assert c(1) == 1"})~");
  CHECK(docs[0].group.empty());
}

TEST_CASE("HumanEval.jsonl.gz is read as it is published", "[dataset][humaneval]") {
  const TempDir dir;
  const auto file = dir.file("HumanEval.jsonl.gz", gzip(std::string(kRow) + "\n"));
  CHECK(tally::read_docs(kHumanEval, file, 0) == docs_of(kHumanEval, kRow));
}

TEST_CASE("a HumanEval row that lacks something is refused", "[dataset][humaneval]") {
  struct Bad {
    const char* row;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {R"({"prompt":"","entry_point":"f","canonical_solution":"","test":""})",
       ":1: task_id: found no such key, expected one in every row"},
      {R"({"task_id":"","prompt":"","entry_point":"f","canonical_solution":"","test":""})",
       ":1: task_id: found an empty string, expected an id"},
      {R"({"task_id":[],"prompt":"","entry_point":"f","canonical_solution":"","test":""})",
       ":1: task_id: found an array or an object, expected a string, number or boolean"},
      {R"({"task_id":1,"prompt":2,"entry_point":"f","canonical_solution":"","test":""})",
       ":1: prompt: found no text, expected one"},
      {R"({"task_id":1,"prompt":"","entry_point":"","canonical_solution":"","test":""})",
       ":1: entry_point: found an empty string, expected the name of a function"},
      {R"({"task_id":1,"prompt":"","entry_point":"f","canonical_solution":"","test":null})",
       ":1: test: found no such key, expected one in every row"},
      {R"({"task_id":1,"prompt":"","entry_point":"f","test":""})",
       ":1: canonical_solution: found no such key, expected one in every row"},
      {R"({"task_id":1,"prompt":"","prompt":"","entry_point":"f"})",
       ":1: prompt: found the key twice, expected it once"},
      {"\n\"x\"", ":2: found no JSON object (another value), expected one a line"},
  }));
  CAPTURE(bad.row);
  CHECK(refusal_of(kHumanEval, bad.row) == bad.message);
}

TEST_CASE("a broken line of a benchmark is refused", "[dataset][humaneval]") {
  for (const char* row : {"{", "nonsense", "{\"a\":\"\xff\"}", "{} {}", "{\"a\":\"\\ud800\"}"}) {
    CAPTURE(row);
    CHECK_THAT(refusal_of(kHumanEval, row), Catch::Matchers::StartsWith(":1: found "));
  }
}

TEST_CASE("a problem that stands twice is refused", "[dataset][humaneval][trap-1]") {
  CHECK(refusal_of(kHumanEval, std::string(kRow) + "\n" + kRow) ==
        ":2: id: found id 'HumanEval/0' twice, expected it once");
}

TEST_CASE("id, input, target and group_by of a benchmark may be other keys",
          "[dataset][humaneval]") {
  tally::DatasetSpec spec = kHumanEval;
  spec.id = "n";
  spec.input = "entry_point";
  spec.target = "x";
  spec.group_by = "level";
  const std::string rest =
      R"(,"prompt":"p","entry_point":"f","canonical_solution":"c","test":"t","x":0})";
  const auto docs = docs_of(spec, R"({"n":"001","level":true)" + rest + "\n" +
                                      R"({"n":18446744073709551615,"level":-0.50)" + rest + "\n" +
                                      R"({"n":-1,"level":"a b")" + rest);
  REQUIRE(docs.size() == 3);
  CHECK(docs[0].id == "001");
  CHECK(docs[0].text == "f");
  CHECK(docs[0].target == "0");
  CHECK(docs[0].group == "true");
  CHECK(docs[1].id == "18446744073709551615");
  CHECK(docs[1].group == "-0.5");
  CHECK(docs[2].id == "-1");
  CHECK(docs[2].group == "a b");
  CHECK(refusal_of(spec, R"({"n":1)" + rest) ==
        ":1: level: found no such key, expected one in every row");
  CHECK(refusal_of(spec, R"({"n":1,"level":"")" + rest) ==
        ":1: level: found no text, expected the name of a group");
}
