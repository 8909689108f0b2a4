#include "catch.hpp"
#include "comma_locale.hpp"
#include "core/base/error.hpp"
#include "core/dataset/csv_reader.hpp"
#include "core/dataset/dataset.hpp"
#include "temp_dir.hpp"

using tally::CsvReader;
using tally::DatasetFormat;
using tally::DatasetSpec;
using tally::Doc;

namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read_rows(const std::filesystem::path& file) {
  Rows rows;
  for (CsvReader reader(file); reader.next();) {
    rows.emplace_back(reader.cells().begin(), reader.cells().end());
  }
  return rows;
}

DatasetSpec csv_spec() {
  DatasetSpec spec;
  spec.format = DatasetFormat::csv;
  return spec;
}

}  // namespace

TEST_CASE("CSV cells are read by RFC 4180 and stay text", "[dataset][csv]") {
  struct Case {
    const char* text;
    Rows rows;
  };
  const auto good = GENERATE(values<Case>({
      {"a,b\nc,d\n", {{"a", "b"}, {"c", "d"}}},
      {"a,b\nc,d", {{"a", "b"}, {"c", "d"}}},
      {"a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
      {"\xEF\xBB\xBF"
       "a,b\n",
       {{"a", "b"}}},
      {"\xEF\xBB\xBF\"a\",b\n", {{"a", "b"}}},
      {"\"a,b\",c\n", {{"a,b", "c"}}},
      {"\"say \"\"no\"\"\",c\n", {{"say \"no\"", "c"}}},
      {"\"two\nlines\",c\n", {{"two\nlines", "c"}}},
      {"\"two\r\nlines\",c\r\n", {{"two\r\nlines", "c"}}},
      {"NA,None\nnan,1.0\n001,TRUE\n", {{"NA", "None"}, {"nan", "1.0"}, {"001", "TRUE"}}},
      {",\n", {{"", ""}}},
      {"a,b\n\n\r\nc,d\n", {{"a", "b"}, {"c", "d"}}},
      {"a\n\"\"\nb\n", {{"a"}, {""}, {"b"}}},
      {" a , b \n", {{" a ", " b "}}},
      {"\"\"\"\"\n", {{"\""}}},
      {"", {}},
      {"\xEF\xBB\xBF", {}},
      {"\n", {}},
  }));
  const TempDir dir;
  CAPTURE(good.text);
  CHECK(read_rows(dir.file("a.csv", good.text)) == good.rows);
}

TEST_CASE("a bad CSV row is refused with file and line", "[dataset][csv]") {
  struct Bad {
    const char* text;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {"a,b\nc\n", ":2: found 1 cells, expected 2"},
      {"a,b\nc,d,e\n", ":2: found 3 cells, expected 2"},
      {"\"x\ny\",b\n\nc\n", ":4: found 1 cells, expected 2"},
      {"a,\"b\n", ":1: found the end of the file in a quoted cell, expected a quote"},
      {"a,b\n\"c,d\n", ":2: found the end of the file in a quoted cell, expected a quote"},
      {"a,b\"c\n",
       ":1: found a stray quote or text after one, expected a quoted cell with doubled quotes"},
      {"a,\"b\"c\n",
       ":1: found a stray quote or text after one, expected a quoted cell with doubled quotes"},
      {"a\rb\n", ":1: found a lone carriage return, expected it quoted or before a line feed"},
      {"a,b\nc,\xFF\n", ":2: found bytes that are no UTF-8, expected UTF-8 text"},
  }));
  const TempDir dir;
  const auto file = dir.file("a.csv", bad.text);
  CAPTURE(bad.text);
  CHECK_THROWS_WITH(read_rows(file), file.string() + bad.message);
}

TEST_CASE("cells that lie across read blocks are whole", "[dataset][csv]") {
  Rows expected;
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    const std::string cell(static_cast<std::size_t>(i % 257), 'x');
    text += "\"" + cell + "\"\"\",\"" + std::to_string(i) + "\r\n\",z\r\n";
    expected.push_back({cell + "\"", std::to_string(i) + "\r\n", "z"});
  }
  const TempDir dir;
  CHECK(read_rows(dir.file("a.csv", text)) == expected);
}

TEST_CASE("by default all columns but the last are features", "[dataset][csv]") {
  const TempDir dir;
  const auto docs = tally::read_docs(csv_spec(), dir.file("a.csv", "0, 1.5 ,7\n-2,1e3,0\n"), 0);
  REQUIRE(docs.size() == 2);
  CHECK(docs[0].features == std::vector<float>{0.0F, 1.5F});
  CHECK(docs[0].target == "7");
  CHECK(docs[0].id == "0");
  CHECK(docs[1].features == std::vector<float>{-2.0F, 1000.0F});
  CHECK(docs[1].target == "0");
  CHECK(docs[1].id == "1");
}

TEST_CASE("columns go by number, range or name", "[dataset][csv]") {
  const TempDir dir;
  const auto file = dir.file("a.csv", "key,q,x,y\n001,NA,1,2\n1,\"a\nb\",3,4\n");
  DatasetSpec spec = csv_spec();
  spec.header = true;
  spec.id = "key";
  spec.input = "q";
  spec.target = "x";
  const auto text = tally::read_docs(spec, file, 0);
  REQUIRE(text.size() == 2);
  CHECK(text[0].id == "001");
  CHECK(text[1].id == "1");
  CHECK(text[0].text == "NA");
  CHECK(text[1].text == "a\nb");
  CHECK(text[1].target == "3");
  CHECK(text[1].features.empty());
  spec.input = "2-3";
  spec.target = "1";
  const auto numbers = tally::read_docs(spec, file, 0);
  CHECK(numbers[1].features == std::vector<float>{3.0F, 4.0F});
  CHECK(numbers[0].target == "NA");
}

TEST_CASE("a bad cell or column is refused with file, line and key", "[dataset][csv]") {
  struct Bad {
    const char* id;
    const char* input;
    const char* target;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {"", "", "", ":3: column 0: found 'NA', expected a finite number"},
      {"", "5", "", ":2: input: found column 5, expected 0..2"},
      {"", "0-9", "", ":2: input: found column 9, expected 0..2"},
      {"", "1-0", "", ":2: input: found '1-0', expected the smaller column first"},
      {"", "q", "", ":2: input: found no column 'q', expected one of a, b, c"},
      {"", "0", "z", ":2: target: found no column 'z', expected one of a, b, c"},
      {"b", "0", "c", ":3: id: found id '5' twice, expected it once"},
      {"c", "0", "a", ":3: id: found an empty cell, expected an id"},
  }));
  const TempDir dir;
  const auto file = dir.file("a.csv", "a,b,c\n1,5,x\nNA,5,\n");
  DatasetSpec spec = csv_spec();
  spec.header = true;
  spec.id = bad.id;
  spec.input = bad.input;
  spec.target = bad.target;
  CAPTURE(bad.message);
  CHECK_THROWS_WITH(tally::read_docs(spec, file, 0), file.string() + bad.message);
  CHECK_THROWS_WITH(tally::survey_docs(spec, file, 0), file.string() + bad.message);
}

TEST_CASE("numbers that are none are no features", "[dataset][csv]") {
  const auto bad =
      GENERATE(values<const char*>({"nan", "inf", "-inf", "1e99", "", " ", "1 2", "0x1", "1,5"}));
  const TempDir dir;
  const auto file = dir.file("a.csv", std::string("\"") + bad + "\",0\n");
  CAPTURE(bad);
  CHECK_THROWS_WITH(tally::read_docs(csv_spec(), file, 0),
                    file.string() + ":1: column 0: found '" + bad + "', expected a finite number");
}

TEST_CASE("features have a decimal point where the process reads a comma",
          "[dataset][csv][trap-13]") {
  const TempDir dir;
  const auto file = dir.file("a", "0.5,-1e-3,1234.5,3\n\"1,5\",0,0,1\n");
  const CommaLocale comma;
  DatasetSpec spec = csv_spec();
  spec.rows = "0-0";
  const std::vector<Doc> docs = tally::read_docs(spec, file, 0);
  REQUIRE(docs.size() == 1);
  CHECK(docs[0].features == std::vector<float>{0.5F, -1e-3F, 1234.5F});
  spec.rows = "1-1";
  CHECK_THROWS_AS(tally::read_docs(spec, file, 0), tally::Error);
}

TEST_CASE("a column makes groups, and an empty cell is refused", "[dataset][csv]") {
  const TempDir dir;
  DatasetSpec spec;
  spec.format = DatasetFormat::csv;
  spec.header = true;
  spec.input = "q";
  spec.target = "a";
  spec.group_by = "subject";
  const auto docs = tally::read_docs(spec, dir.file("a", "q,subject,a\nx,law,1\ny,art,2\n"), 0);
  CHECK(docs[0].group == "law");
  CHECK(docs[1].group == "art");
  const auto file = dir.file("b", "q,subject,a\nx,law,1\ny,,2\n");
  CHECK_THROWS_WITH(
      tally::read_docs(spec, file, 0),
      file.string() + ":3: group_by: found an empty cell, expected the name of a group");
}
