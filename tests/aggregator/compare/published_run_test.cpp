#include "aggregator/compare/published_run.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"
#include "published_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

/// The code and the message of what opening the run throws; "" when it opens.
std::pair<int, std::string> opening(const std::filesystem::path& root) {
  try {
    static_cast<void>(open_published_run(root));
  } catch (const Error& error) {
    return {static_cast<int>(error.code()), error.what()};
  }
  return {0, ""};
}

void flip_byte(const std::filesystem::path& file, std::streamoff at) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekg(at);
  const char byte = static_cast<char>(stream.get());
  stream.seekp(at);
  stream.put(static_cast<char>(byte ^ 1));
}

}  // namespace

TEST_CASE("a published run opens with all that was said of it", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(3, 1), records_of({1, 0, 1}));
  const PublishedRun run = made.open();
  CHECK(run.complete);
  CHECK(run.plan.run_id == "digits");
  CHECK(run.metric_columns.empty());
  CHECK(run.results == std::filesystem::canonical(made.test.current()));
  std::vector<TaskRow> rows;
  read_score_index(run, [&](const Task&, const TaskRow& row) { rows.push_back(row); });
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].metrics.at("accuracy") == Approx(2.0 / 3));
  CHECK(rows[0].expected == 3);
  CHECK(rows[0].complete());
}

TEST_CASE("what is not there or not aggregated is missing", "[aggregator][compare]") {
  const TempDir dir;
  CHECK(opening(dir.path() / "none").first == 66);
  const TestRun bare(make_plan(3, 1));
  const auto [code, message] = opening(bare.run.root());
  CHECK(code == 66);
  CHECK(message == (bare.run.results() / "current").string() +
                       ": found no results, expected a published set: run `aggregate " +
                       bare.run.root().string() + "`");
}

TEST_CASE("shards that came after the results make them stale", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(3, 1), records_of({1, 0}));
  CHECK_FALSE(made.open().complete);
  made.test.commit({scored(2, 1)}, 0, 1);
  const auto [code, message] = opening(made.test.run.root());
  CHECK(code == 66);
  CHECK_THAT(message, TALLY_CONTAINS("found 1 shards that the published results lack, expected "
                                     "none: run `aggregate "));
  made.aggregate();
  CHECK(made.open().complete);
}

TEST_CASE("shards may go once the results are made of them", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(3, 1), records_of({1, 0, 1}));
  std::filesystem::remove_all(made.test.run.shards());
  CHECK(made.open().complete);
}

TEST_CASE("one changed byte in any file of the results is found", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(3, 1), records_of({1, 0, 1}));
  const std::string name = GENERATE("results.h5", "score_index.jsonl", "manifest.json",
                                    "summary.json", "REPORT.txt", "SHA256SUMS");
  CAPTURE(name);
  flip_byte(made.test.current() / name, 3);
  const auto [code, message] = opening(made.test.run.root());
  CHECK(code == 65);
  CHECK_THAT(message, TALLY_CONTAINS("sha256: found"));
}

TEST_CASE("results of another plan are refused", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(3, 1), records_of({1, 0, 1}));
  Plan other = make_plan(3, 1);
  other.seed = 8;
  std::ofstream(made.test.run.plan(), std::ios::binary) << other.json();
  const auto [code, message] = opening(made.test.run.root());
  CHECK(code == 65);
  CHECK_THAT(message, TALLY_CONTAINS("plan_sha256: found " + made.test.plan.digest().hex() +
                                     ", expected " + other.digest().hex()));
}

TEST_CASE("a file that SHA256SUMS does not know counts for nothing", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(3, 1), records_of({1, 0, 1}));
  const std::filesystem::path sums = made.test.current() / "SHA256SUMS";
  std::ostringstream kept;
  std::ifstream lines(sums);
  for (std::string line; std::getline(lines, line);)
    if (!line.ends_with("manifest.json")) kept << line << '\n';
  lines.close();
  std::ofstream(sums, std::ios::binary) << kept.str();
  const auto [code, message] = opening(made.test.run.root());
  CHECK(code == 65);
  CHECK_THAT(message, TALLY_CONTAINS("found no line for manifest.json, expected one"));
}

TEST_CASE("a set that lists other digests has another name", "[aggregator][compare]") {
  const PublishedTestRun made(make_plan(3, 1), records_of({1, 0, 1}));
  const std::filesystem::path set = std::filesystem::canonical(made.test.current());
  // Rewrites a figure and its digest: everything agrees but the name.
  const std::filesystem::path report = set / "REPORT.txt";
  std::ofstream(report, std::ios::binary) << "all is well\n";
  std::ostringstream sums;
  std::ifstream lines(set / "SHA256SUMS");
  for (std::string line; std::getline(lines, line);)
    sums << (line.ends_with("REPORT.txt") ? sha256_file(report).hex() + "  REPORT.txt" : line)
         << '\n';
  lines.close();
  std::ofstream(set / "SHA256SUMS", std::ios::binary) << sums.str();
  const auto [code, message] = opening(made.test.run.root());
  CHECK(code == 65);
  CHECK_THAT(message, TALLY_CONTAINS("found a set named " + set.filename().string()));
}
