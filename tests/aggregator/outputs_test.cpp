#include <cstdlib>

#include "aggregator/aggregate.hpp"
#include "aggregator/outputs/report.hpp"
#include "catch.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

/// Compares with tests/golden/aggregator/`name`; with TALLY_BLESS set, writes it instead.
void check_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path(TALLY_GOLDEN) / name;
  if (std::getenv("TALLY_BLESS") != nullptr) std::ofstream(file, std::ios::binary) << text;
  std::ostringstream golden;
  golden << std::ifstream(file, std::ios::binary).rdbuf();
  CHECK(text == golden.str());
}

}  // namespace

TEST_CASE("the outputs look as documented", "[aggregator][golden]") {
  const TestRun test(make_plan(3, 2, {"accuracy", "pass@1", "maj@2"}, {0.0, 0.7}));
  std::vector<Record> records;
  for (Ordinal i = 0; i < 6; ++i) records.push_back(scored(i, i < 3 ? 1 : 0, i < 3 ? "7" : "8"));
  records.push_back(scored(6, 1));
  records.push_back(unscored(7, Outcome::infra_error));
  records.back().finish_reason = FinishReason::length;
  records.push_back(unscored(8, Outcome::no_answer));
  test.commit(records);
  const ShardChannel silent(-1);
  aggregate_run(test.run, silent);
  check_golden("score_index.jsonl", test.output("score_index.jsonl"));
  check_golden("summary.json", test.output("summary.json"));
  check_golden("REPORT.txt", test.output("REPORT.txt"));
}

TEST_CASE("names cannot drive the terminal", "[aggregator]") {
  CHECK(printable("a\x1b[31mb\r\n\x7f") == "a?[31mb???");
  CHECK(printable("\xC3\xA4\xE2\x82\xAC") == "\xC3\xA4\xE2\x82\xAC");
  CHECK(printable("\xC2\x9B"
                  "31m\xFF") == "?31m?");
}
