#include "gzip.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/dataset/dataset.hpp"
#include "temp_dir.hpp"

using tally::DatasetSpec;

namespace {

const std::string kOne = "{\"input\":\"a\",\"target\":\"1\"}\n";
const std::string kTwo = "{\"input\":\"b\",\"target\":\"2\"}\n";

}  // namespace

TEST_CASE("all members of a .gz are one text", "[dataset][gzip][trap-45]") {
  const TempDir dir;
  // The second row lies across the border of two members; an empty member is in between.
  const auto file =
      dir.file("a.jsonl.gz", gzip(kOne + kTwo.substr(0, 9)) + gzip("") + gzip(kTwo.substr(9)));
  const auto docs = tally::read_docs(DatasetSpec{}, file, 0);
  REQUIRE(docs.size() == 2);
  CHECK(docs[1].text == "b");
  CHECK(docs == tally::read_docs(DatasetSpec{}, dir.file("a.jsonl", kOne + kTwo), 0));
}

TEST_CASE("a .gz cut anywhere is an error, never fewer docs", "[dataset][gzip][trap-45]") {
  const TempDir dir;
  const std::string whole = gzip(kOne);
  const std::string packed = whole + gzip(kTwo);
  for (std::size_t size = packed.size(); size-- > 0;) {
    if (size == whole.size()) continue;  // between members: a whole file
    const auto file = dir.file("a.jsonl.gz", packed.substr(0, size));
    CAPTURE(size);
    REQUIRE_THROWS_WITH(
        tally::survey_docs(DatasetSpec{}, file, 0),
        file.string() + ": found the end inside a gzip member, expected its last block");
  }
}

TEST_CASE("damaged .gz bytes are an error", "[dataset][gzip]") {
  const TempDir dir;
  const std::string good = gzip(kOne);
  struct Bad {
    std::size_t at;
    const char* reason;
  };
  // Magic, and the CRC in the trailer.
  const auto bad =
      GENERATE(values<Bad>({{0, "incorrect header check"}, {4, "incorrect data check"}}));
  std::string packed = good;
  const std::size_t at = bad.at == 0 ? 0 : packed.size() - 8;
  packed[at] = static_cast<char>(packed[at] ^ 1);
  const auto file = dir.file("a.jsonl.gz", packed);
  CHECK_THROWS_WITH(
      tally::survey_docs(DatasetSpec{}, file, 0),
      file.string() + ": found damaged gzip data (" + bad.reason + "), expected RFC 1952");
  const auto tail = dir.file("b.jsonl.gz", good + "tail");
  CHECK_THROWS_AS(tally::survey_docs(DatasetSpec{}, tail, 0), tally::Error);
}
