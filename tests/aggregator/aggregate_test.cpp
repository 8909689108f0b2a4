#include "aggregator/aggregate.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "aggregator/results_reader.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/shard/shard_reader.hpp"
#include "core/shard/text_blocks.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;
namespace fs = std::filesystem;

namespace {

const ShardChannel kSilent(-1);

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// All published files by name, as one text.
std::string everything(const TestRun& test) {
  std::string all;
  for (const std::string& name : names_in(test.current())) all += name + "\n" + test.output(name);
  return all;
}

std::vector<Record> range(Ordinal begin, Ordinal end) {
  std::vector<Record> records;
  for (Ordinal i = begin; i < end; ++i) records.push_back(scored(i, i % 2 == 0 ? 1.0 : 0.0));
  return records;
}

void flip_byte(const fs::path& file, std::size_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const int byte = stream.get();
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(static_cast<char>(byte ^ 1));
}

}  // namespace

TEST_CASE("a complete run is published whole", "[aggregator]") {
  const TestRun test(make_plan(10, 2, {"accuracy", "pass@2"}));
  test.commit(range(0, 12), 0);
  test.commit(range(12, 20), 1);
  const Aggregated done = aggregate_run(test.run, kSilent);
  CHECK(done.totals.complete());
  CHECK(done.totals.counted == 20);
  CHECK(names_in(test.current()) == std::vector<std::string>{"REPORT.txt", "SHA256SUMS",
                                                             "manifest.json", "results.h5",
                                                             "score_index.jsonl", "summary.json"});
  CHECK(fs::equivalent(done.directory, test.current()));
  CHECK(done.directory.filename() == sha256(test.output("SHA256SUMS")).short_hex());
  CHECK_THAT(test.output("REPORT.txt"),
             TALLY_CONTAINS("\nCOMPLETE: all 20 items of 1 tasks are counted\n"));
  const std::string command =
      "cd '" + test.current().string() + "' && sha256sum -c --quiet SHA256SUMS";
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("running twice changes nothing", "[aggregator][trap-5]") {
  const TestRun test(make_plan(10, 2));
  test.commit(range(0, 12), 0);
  const Aggregated first = aggregate_run(test.run, kSilent);
  const std::string before = everything(test);
  const Aggregated second = aggregate_run(test.run, kSilent);
  CHECK(first.directory == second.directory);
  CHECK(everything(test) == before);
}

TEST_CASE("damaged results are replaced by good ones of the same name", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  test.commit(range(0, 10));
  aggregate_run(test.run, kSilent);
  const std::string before = everything(test);
  std::ofstream(test.current() / "summary.json") << "vandalised";
  aggregate_run(test.run, kSilent);
  CHECK(everything(test) == before);
}

TEST_CASE("the results before are kept, older ones go", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  test.commit(range(0, 3), 0);
  const auto first = aggregate_run(test.run, kSilent).directory;
  test.commit(range(3, 6), 1);
  const auto second = aggregate_run(test.run, kSilent).directory;
  CHECK(fs::exists(first));
  test.commit(range(6, 10), 2);
  const auto third = aggregate_run(test.run, kSilent).directory;
  CHECK_FALSE(fs::exists(first));
  CHECK(fs::exists(second));
  CHECK(fs::equivalent(third, test.current()));
  CHECK(names_in(test.run.results()).size() == 3);
}

TEST_CASE("the score index does not depend on how records are spread over shards",
          "[aggregator][trap-33]") {
  std::vector<Record> records = range(0, 40);
  records[7] = unscored(7, Outcome::infra_error);
  std::string reference;
  std::mt19937 random(20'260'104);
  for (int round = 0; round < 8; ++round) {
    const TestRun test(make_plan(20, 2, {"accuracy", "pass@1", "maj@2"}));
    std::shuffle(records.begin(), records.end(), random);
    const auto shards = static_cast<std::size_t>(1 + round);
    for (std::size_t s = 0; s < shards; ++s) {
      std::vector<Record> part(
          records.begin() + static_cast<std::ptrdiff_t>(40 * s / shards),
          records.begin() + static_cast<std::ptrdiff_t>(40 * (s + 1) / shards));
      if (round % 2 == 1 && s > 0) part.push_back(records.front());  // a duplicate
      for (Record& record : part) record.seconds = static_cast<float>(round);
      test.commit(part, static_cast<std::uint32_t>(s));
    }
    aggregate_run(test.run, kSilent);
    if (round == 0) reference = test.output("score_index.jsonl");
    CHECK(test.output("score_index.jsonl") == reference);
  }
}

TEST_CASE("missing and failed items make the run incomplete and are named", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  std::vector<Record> records = range(0, 8);
  records[2] = unscored(2, Outcome::generation_error);
  records[3] = unscored(3, Outcome::invalid);
  test.commit(records);
  const Aggregated done = aggregate_run(test.run, kSilent);
  CHECK_FALSE(done.totals.complete());
  const std::string report = test.output("REPORT.txt");
  CHECK_THAT(report, TALLY_CONTAINS("accuracy 0.500 (3/6 scored, 2 errors, 2 missing; 0.300 "
                                    "counting errors as wrong)"));
  CHECK_THAT(report, TALLY_CONTAINS("not counted: 2-3,8-9"));
  CHECK_THAT(report, TALLY_CONTAINS("\nINCOMPLETE: 6 of 10 items are counted; 2 items without a "
                                    "record, 2 items that ran and have no score\n"));
  CHECK_THAT(test.output("manifest.json"), TALLY_CONTAINS("\"missing\": \"8-9\""));
}

TEST_CASE("a damaged shard is quarantined and named, the rest is merged", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  test.commit(range(0, 5), 0);
  const auto bad = test.commit(range(5, 10), 1);
  const auto file = test.run.shards() / bad;
  const auto how = GENERATE(0, 1, 2, 3);
  CAPTURE(how);
  const auto size = fs::file_size(file);
  if (how == 0) flip_byte(file, size / 2);
  if (how == 1) fs::resize_file(file, size - 1);
  if (how == 2) fs::resize_file(file, 0);
  if (how == 3) flip_byte(file, 20);  // in the header
  const Aggregated done = aggregate_run(test.run, kSilent);
  CHECK_FALSE(done.totals.complete());
  CHECK(done.totals.counted == 5);
  CHECK_FALSE(fs::exists(file));
  CHECK(fs::exists(test.run.quarantine() / bad));
  CHECK(fs::file_size(test.run.quarantine() / (bad + ".reason.txt")) > 5);
  CHECK_THAT(test.output("manifest.json"), TALLY_CONTAINS("\"name\": \"" + bad + "\""));
  CHECK_THAT(test.output("REPORT.txt"), TALLY_CONTAINS("quarantined " + bad + ": "));
  test.commit(range(5, 10), 2);
  CHECK(aggregate_run(test.run, kSilent).totals.complete());
  CHECK_THAT(test.output("manifest.json"), TALLY_CONTAINS(bad));
}

TEST_CASE("an answer that does not unpack costs only its shard", "[aggregator]") {
  // The digest fits: somebody made this shard. Short answers are packed, long ones copied.
  const std::size_t length = GENERATE(std::size_t{20}, kTextBlock / 4 + 1);
  CAPTURE(length);
  const TestRun test(make_plan(10, 1, {"accuracy", "maj@1"}));
  test.commit(range(0, 5), 0);
  RecordBatch batch;
  for (Record record : range(5, 10)) {
    record.texts[1] = std::string(length, static_cast<char>('a' + record.ordinal));
    batch.add(record);
  }
  const ShardOrigin origin{"digits", test.plan.digest(), {}, RankId(1), AttemptId(1), "", ""};
  std::vector<std::byte> bytes = encode_shard(origin, batch);
  TextBlock stored;
  ShardReader(bytes, "shard").read_text_block(Text::answer, 0, stored);
  const auto& block = stored.deflated;
  const auto found = std::search(bytes.begin(), bytes.end(), block.begin(), block.end());
  REQUIRE(found != bytes.end());
  std::fill_n(found + 2, 4, std::byte{0xFF});
  const std::string name =
      ShardName{{}, RankId(1), AttemptId(1), 0, sha256(bytes).short_hex()}.text();
  std::ofstream(test.run.shards() / name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  CHECK(aggregate_run(test.run, kSilent).totals.counted == 5);
  CHECK(fs::exists(test.run.quarantine() / name));
}

TEST_CASE("duplicates and conflicts are counted in the manifest", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  test.commit(range(0, 10), 0);
  Record other = scored(4, 1);
  other.texts[1] = "8";
  test.commit({scored(3, 0), other}, 1);
  aggregate_run(test.run, kSilent);
  const std::string manifest = test.output("manifest.json");
  CHECK_THAT(manifest, TALLY_CONTAINS("\"duplicates\": 1"));
  CHECK_THAT(manifest, TALLY_CONTAINS("\"conflicts\": 1"));
  CHECK_THAT(manifest, TALLY_CONTAINS("\"conflicting\": \"4\""));
  CHECK_THAT(test.output("REPORT.txt"), TALLY_CONTAINS("conflicting ordinals: 4\n"));
}

TEST_CASE("texts of any size find their rows", "[aggregator]") {
  // Long rows, rows over block borders, short shards that are packed, and partial winners.
  const TestRun test(make_plan(400, 1));
  std::mt19937 random(20'260'105);
  std::vector<std::string> expected(400);
  const auto text_of = [&](std::size_t length) {
    std::string text(length, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 26);
    return text;
  };
  std::vector<std::vector<Record>> shards(5);
  for (Ordinal i = 0; i < 400; ++i) {
    const std::size_t length = i == 150 ? 3 * kTextBlock + 17 : i % 50 == 0 ? 0 : random() % 9000;
    Record record = scored(i, 1, text_of(length));
    expected[i] = record.texts[1];
    shards[i < 200 ? 0 : i < 300 ? 1 : i < 310 ? 2 : i < 390 ? 3 : 4].push_back(record);
    // A failed try of the same item, with another text, that must lose.
    if (i % 3 == 0 && i < 200) {
      Record failed = unscored(i, Outcome::infra_error);
      failed.texts[1] = text_of(500);
      shards[4].push_back(failed);
    }
  }
  for (std::size_t s = 0; s < shards.size(); ++s)
    test.commit(shards[s], static_cast<std::uint32_t>(s));
  CHECK(aggregate_run(test.run, kSilent).totals.complete());
  ResultsReader reader(test.current() / "results.h5", {});
  RowBlock block;
  reader.read({0, 400}, true, block);
  for (std::size_t i = 0; i < 400; ++i) {
    CAPTURE(i);
    CHECK(block.answers[i] == expected[i]);
  }
}

TEST_CASE("metric columns that only some shards have are undefined elsewhere", "[aggregator]") {
  const TestRun test(make_plan(4, 1, {"accuracy", "mean:rouge"}));
  test.commit({scored(0, 1), scored(1, 1)}, 0);
  RecordBatch batch;
  batch.metric_names = {"rouge"};
  for (const Ordinal i : {2U, 3U}) {
    Record record = scored(i, 1);
    record.metrics = {0.25F};
    batch.add(record);
  }
  test.commit_batch(batch, 1);
  aggregate_run(test.run, kSilent);
  CHECK_THAT(test.output("score_index.jsonl"), TALLY_CONTAINS(R"("mean:rouge":0.25)"));
}

TEST_CASE("a run without any shard is incomplete, not broken", "[aggregator]") {
  const TestRun test(make_plan(4, 1));
  const Aggregated done = aggregate_run(test.run, kSilent);
  CHECK(done.totals.missing == 4);
  CHECK_THAT(test.output("score_index.jsonl"), TALLY_CONTAINS(R"("metrics":{},"stderr":{})"));
}

TEST_CASE("docs are grouped by the dataset, which must still be there", "[aggregator]") {
  const TempDir data;
  Plan plan = make_plan(3, 1);
  PlannedDataset& dataset = plan.datasets[0];
  dataset.file = data.path() / "subjects.jsonl";
  std::ofstream(dataset.file) << R"({"input":"1","target":"1","subject":"law"})"
                              << "\n"
                              << R"({"input":"2","target":"2","subject":"art"})"
                              << "\n"
                              << R"({"input":"3","target":"3","subject":"law"})"
                              << "\n";
  dataset.digest = sha256_file(dataset.file);
  dataset.spec.group_by = "subject";
  const TestRun test(std::move(plan));
  test.commit({scored(0, 1), scored(1, 0), scored(2, 1)});
  aggregate_run(test.run, kSilent);
  CHECK_THAT(
      test.output("score_index.jsonl"),
      TALLY_CONTAINS(R"("groups":{"by":"subject","each":[{"name":"art","docs":1,"expected":1,)"
                     R"("counted":1,"score_sum":0,"metrics":{"accuracy":0},"stderr":{}},)"
                     R"({"name":"law","docs":2,)"));
  CHECK_THAT(test.output("score_index.jsonl"),
             TALLY_CONTAINS(R"("macro":{"metrics":{"accuracy":0.5},"stderr":{}})"));
  std::filesystem::remove(data.path() / "subjects.jsonl");
  const std::string before = everything(test);
  try {
    aggregate_run(test.run, kSilent);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::missing);
  }
  CHECK(everything(test) == before);
}

TEST_CASE("a short doc is bad data when the plan says so", "[aggregator]") {
  Plan plan = make_plan(2, 2, {"pass@2"});
  plan.statistics.short_docs = ShortDocs::error;
  const TestRun test(std::move(plan));
  test.commit({scored(0, 1), scored(1, 1), scored(2, 1)});
  try {
    aggregate_run(test.run, kSilent);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::data);
    CHECK_THAT(error.what(), TALLY_CONTAINS("pass@2: found 1 counted draws of the doc at ordinals "
                                            "2-3, expected at least 2"));
  }
}

TEST_CASE("an unknown metric in the plan is refused before anything is written", "[aggregator]") {
  const TestRun test(make_plan(4, 1, {"accuracy", "f1"}));
  CHECK_THROWS_WITH(aggregate_run(test.run, kSilent), TALLY_CONTAINS("metrics: found \"f1\""));
  CHECK_FALSE(fs::exists(test.current()));
}

TEST_CASE("a column of some tasks gives a figure to those, and stays in the results",
          "[aggregator]") {
  const TestRun test(make_plan(2, 1, {"accuracy", "mean:nll"}, {0.0, 1.0}));
  RecordBatch batch;
  batch.metric_names = {"confidence", "nll"};
  for (const Ordinal i : {0U, 1U}) {
    Record record = scored(i, 1);
    record.metrics = {0.5F, 0.25F + static_cast<float>(i)};
    batch.add(record);
  }
  test.commit_batch(batch, 0);
  test.commit({scored(2, 1), scored(3, 1)}, 1);
  CHECK(aggregate_run(test.run, kSilent).totals.complete());
  const std::string index = test.output("score_index.jsonl");
  const std::string second = index.substr(index.find('\n') + 1);
  CHECK_THAT(index, TALLY_CONTAINS(R"("metrics":{"accuracy":1,"mean:nll":0.75})"));
  CHECK_THAT(second, TALLY_CONTAINS(R"("metrics":{"accuracy":1})"));
  CHECK_THAT(second, !TALLY_CONTAINS("mean:nll"));
  ResultsReader reader(test.current() / "results.h5", {"confidence", "nll"});
  RowBlock block;
  reader.read({0, 4}, false, block);
  REQUIRE(block.metrics.size() == 2);
  CHECK(block.metrics[1][1] == 1.25F);
  CHECK(std::isnan(block.metrics[1][2]));
}
