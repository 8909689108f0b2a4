#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/dataset/dataset.hpp"
#include "temp_dir.hpp"

using tally::DatasetSpec;

namespace {

// Ten rows with the targets t0..t9.
std::filesystem::path ten(const TempDir& dir) {
  std::string text;
  for (int i = 0; i < 10; ++i) {
    text += "{\"input\":\"\",\"target\":\"t" + std::to_string(i) + "\"}\n";
    if (i % 3 == 0) text += "\n";
  }
  return dir.file("ten.jsonl", text);
}

std::string targets(const std::vector<tally::Doc>& docs) {
  std::string out;
  for (const auto& doc : docs) {
    CHECK("t" + doc.id == doc.target);  // ids are row numbers of the file, whatever is selected
    out += doc.target;
  }
  return out;
}

}  // namespace

TEST_CASE("rows and limit select, and counting agrees with reading", "[dataset]") {
  struct Case {
    const char* rows;
    std::uint64_t limit;
    const char* targets;
  };
  const auto pick = GENERATE(values<Case>({{"", 0, "t0t1t2t3t4t5t6t7t8t9"},
                                           {"", 3, "t0t1t2"},
                                           {"", 99, "t0t1t2t3t4t5t6t7t8t9"},
                                           {"2-4", 0, "t2t3t4"},
                                           {"0,9", 0, "t0t9"},
                                           {"2-4,7", 4, "t2t3t4t7"},
                                           {"2-4,7", 2, "t2t3"},
                                           {"8-20", 1, "t8"}}));
  const TempDir dir;
  DatasetSpec spec;
  spec.rows = pick.rows;
  CAPTURE(pick.rows, pick.limit);
  CHECK(targets(tally::read_docs(spec, ten(dir), pick.limit)) == pick.targets);
  CHECK(tally::survey_docs(spec, ten(dir), pick.limit).docs ==
        std::string(pick.targets).size() / 2);
}

TEST_CASE("rows that the file does not have are an error, never fewer docs", "[dataset]") {
  const TempDir dir;
  DatasetSpec spec;
  spec.rows = "8-10";
  CHECK_THROWS_WITH(tally::read_docs(spec, ten(dir), 0),
                    ten(dir).string() + ": rows: found 10 rows, expected 8-10");
}
