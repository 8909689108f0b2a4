#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/dataset/dataset.hpp"
#include "gzip.hpp"
#include "temp_dir.hpp"

using tally::DatasetFormat;
using tally::DatasetSpec;
using tally::Doc;

namespace {

DatasetSpec mmlu(const std::filesystem::path& file) {
  DatasetSpec spec;
  spec.format = DatasetFormat::mmlu;
  spec.source = file;
  return spec;
}

std::vector<Doc> read(const std::filesystem::path& file) {
  return tally::read_docs(mmlu(file), file, 0);
}

// The complaint about a line after a good one.
std::string complaint(const std::string& name, const std::string& line) {
  const TempDir dir;
  const bool csv = name.ends_with(".csv");
  const auto file = dir.file(
      name,
      (csv ? "q,a,b,c,d,A\n" : "{\"question\":\"q\",\"choices\":[\"a\",\"b\"],\"answer\":0}\n") +
          line);
  try {
    static_cast<void>(read(file));
  } catch (const tally::Error& error) {
    CHECK(error.code() == tally::Errc::data);
    return std::string(error.what()).substr(file.string().size());
  }
  return "(none)";
}

}  // namespace

TEST_CASE("MMLU's table keeps cells as text, with quotes, line ends and a byte order mark",
          "[dataset][mmlu][trap-44]") {
  const TempDir dir;
  const std::string text =
      "\xEF\xBB\xBF\"What does \"\"NA\"\" mean,\nif anything?\",None,NA,1.0,\"a,b\",B\r\n"
      "q2,,nan,  x ,01,d\r\n";
  const auto docs = read(dir.file("test.csv", text));
  REQUIRE(docs.size() == 2);
  CHECK(docs[0].text == "What does \"NA\" mean,\nif anything?");
  CHECK(docs[0].data == R"({"choices":["None","NA","1.0","a,b"]})");
  CHECK(docs[0].target == "B");
  CHECK(docs[0].id == "0");
  CHECK(docs[0].group.empty());
  CHECK(docs[1].data == R"({"choices":["","nan","  x ","01"]})");
  CHECK(docs[1].target == "D");
  CHECK(read(dir.file("test.csv.gz", gzip(text))) == docs);
}

TEST_CASE("MMLU's JSONL names its answer by letter, index or text", "[dataset][mmlu]") {
  struct Case {
    const char* answer;
    const char* target;
  };
  const auto row = GENERATE(values<Case>({{"0", "A"},
                                          {"3", "D"},
                                          {"\"C\"", "C"},
                                          {"\" c \"", "C"},
                                          {"\"Rome\"", "B"},
                                          {"\"2\"", "D"},     // the text of a choice, no index
                                          {"\"A\"", "A"}}));  // a letter, though a choice is "A"
  const TempDir dir;
  CAPTURE(row.answer);
  const auto docs = read(dir.file(
      "a.jsonl",
      std::string(R"({"question":"q","choices":["Paris","Rome","A","2"],"subject":"geo",)") +
          R"("answer":)" + row.answer + "}"));
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].target == row.target);
  CHECK(docs[0].text == "q");
  CHECK(docs[0].data == R"({"choices":["Paris","Rome","A","2"]})");
  CHECK(docs[0].group.empty());
}

TEST_CASE("ids and groups of MMLU's JSONL", "[dataset][mmlu]") {
  const TempDir dir;
  const std::string text =
      R"({"id":"x-1","question":"q","choices":["a","b"],"answer":0,"subject":"law"})"
      "\n\n"
      R"({"id":7,"question":"q","choices":["a","b"],"answer":1,"subject":"art"})"
      "\n"
      R"({"question":"q","choices":["a","c"],"answer":1,"subject":"art"})";
  const auto file = dir.file("a.jsonl.gz", gzip(text));
  DatasetSpec spec = mmlu(file);
  spec.group_by = "subject";
  const auto docs = tally::read_docs(spec, file, 0);
  REQUIRE(docs.size() == 3);
  CHECK(docs[0].id == "x-1");
  CHECK(docs[1].id == "7");
  CHECK(docs[2].id == "2");
  CHECK(docs[0].group == "law");
  CHECK(docs[2].group == "art");
  CHECK(docs[1].hash != docs[2].hash);  // the choices count
}

TEST_CASE("a bad line of MMLU is refused with file and line", "[dataset][mmlu]") {
  CHECK(complaint("a.csv", "q,a,b,c,d,E") == ":2: answer: found 'E', expected a letter A..D");
  CHECK(complaint("a.csv", "q,a,b,c,d,1") == ":2: answer: found '1', expected a letter A..D");
  CHECK(complaint("a.csv", "q,a,b,c,d,") == ":2: answer: found '', expected a letter A..D");
  CHECK(complaint("a.csv", "q,a,b,c,A") == ":2: found 5 cells, expected 6");
  const auto json = [](const std::string& choices, const std::string& answer) {
    return complaint("a.jsonl",
                     R"({"question":"q","choices":)" + choices + R"(,"answer":)" + answer + "}");
  };
  const std::string answers = ", expected a letter A..B, an index 0..1 or the text of one choice";
  CHECK(json(R"(["a","b"])", "2") == ":2: answer: found 2" + answers);
  CHECK(json(R"(["a","b"])", "-1") == ":2: answer: found -1" + answers);
  CHECK(json(R"(["a","b"])", "1.0") == ":2: answer: found 1.0" + answers);
  CHECK(json(R"(["a","b"])", "\"C\"") == ":2: answer: found \"C\"" + answers);
  CHECK(json(R"(["a","b"])", "\"0\"") == ":2: answer: found \"0\"" + answers);
  CHECK(json(R"(["x","x"])", "\"x\"") == ":2: answer: found \"x\"" + answers);
  CHECK(json(R"(["a","b"])", "[0]") == ":2: answer: found [0]" + answers);
  CHECK(json(R"(["a"])", "0") == ":2: choices: found 1, expected 2..26");
  std::string many = "\"x\"";
  for (int i = 1; i < 27; ++i) many += ",\"x\"";
  CHECK(json("[" + many + "]", "0") == ":2: choices: found 27, expected 2..26");
  CHECK(json(R"(["a",1])", "0") == ":2: choices: found 1, expected an array of texts");
  CHECK(json(R"("ab")", "0") == ":2: choices: found \"ab\", expected an array of texts");
  CHECK(complaint("a.jsonl", R"({"question":"q","choices":["a","b"]})") ==
        ":2: answer: found no such key, expected one in every line");
  CHECK(complaint("a.jsonl", R"({"question":7,"choices":["a","b"],"answer":0})") ==
        ":2: question: found 7, expected a text");
  CHECK(complaint("a.jsonl", R"({"question":"q","question":"r","choices":["a","b"],"answer":0})") ==
        ":2: question: found the key twice, expected it once");
  CHECK(complaint("a.jsonl", R"({"question":"q")").starts_with(":2: found no JSON object ("));
}

TEST_CASE("a table with another first row is no MMLU", "[dataset][mmlu]") {
  const TempDir dir;
  const auto file = dir.file("a.csv", "q,a,b,c,A\n");
  CHECK_THROWS_WITH(
      read(file), file.string() + ":1: found 5 columns, expected 6: question, A, B, C, D, letter");
}
