#include "aggregator/winners.hpp"

#include "aggregator/inventory.hpp"
#include "catch.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

const ShardChannel kSilent(-1);

struct Decided {
  std::vector<ListedShard> shards;
  Winners winners;
  [[nodiscard]] std::string won(const std::string& name) const {
    for (std::size_t i = 0; i < shards.size(); ++i)
      if (shards[i].name == name) return winners.won[i].text();
    return "no such shard";
  }
};

Decided decide(const TestRun& test) {
  Inventory inventory = list_shards(test.run, test.plan);
  REQUIRE(inventory.bad.empty());
  Winners winners = find_winners(test.run, inventory.shards, kSilent);
  return {std::move(inventory.shards), std::move(winners)};
}

}  // namespace

TEST_CASE("shards that don't overlap win what they hold", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  const auto a = test.commit({scored(0, 1), scored(2, 1)}, 0);
  const auto b = test.commit({scored(1, 1), scored(5, 1)}, 1);
  const Decided decided = decide(test);
  CHECK(decided.won(a) == "0,2");
  CHECK(decided.won(b) == "1,5");
  CHECK(decided.winners.coverage.text() == "0-2,5");
  CHECK(decided.winners.duplicates == 0);
}

TEST_CASE("a counted record beats a failed one of a higher try", "[aggregator]") {
  const TestRun test(make_plan(4, 1));
  const auto good = test.commit({scored(0, 1), scored(1, 1)}, 0);
  const auto late =
      test.commit({unscored(1, Outcome::infra_error, 3), unscored(2, Outcome::infra_error, 1)}, 1);
  const Decided decided = decide(test);
  CHECK(decided.won(good) == "0-1");
  CHECK(decided.won(late) == "2");
  CHECK(decided.winners.duplicates == 0);
  CHECK(decided.winners.conflicting.empty());
}

TEST_CASE("a retry that worked replaces the failure", "[aggregator]") {
  const TestRun test(make_plan(4, 1));
  const auto failed = test.commit({scored(0, 1), unscored(1, Outcome::generation_error)}, 0);
  const auto retried = test.commit({scored(1, 1)}, 1);
  const Decided decided = decide(test);
  CHECK(decided.won(failed) == "0");
  CHECK(decided.won(retried) == "1");
}

TEST_CASE("of failures the last try stands", "[aggregator]") {
  const TestRun test(make_plan(2, 1));
  const auto first = test.commit({unscored(0, Outcome::infra_error, 1)}, 0);
  const auto second = test.commit({unscored(0, Outcome::generation_error, 2)}, 1);
  const Decided decided = decide(test);
  CHECK(decided.won(first).empty());
  CHECK(decided.won(second) == "0");
}

TEST_CASE("equal records are duplicates, and the smaller name stands", "[aggregator]") {
  const TestRun test(make_plan(4, 1));
  const auto a = test.commit({scored(0, 1), scored(1, 1)}, 0);
  const auto b = test.commit({scored(1, 1), scored(2, 1)}, 1);
  const auto c = test.commit({scored(1, 1)}, 2);
  const Decided decided = decide(test);
  CHECK(decided.won(a) == "0-1");
  CHECK(decided.won(b) == "2");
  CHECK(decided.won(c).empty());
  CHECK(decided.winners.duplicates == 1);
  CHECK(decided.winners.conflicting.empty());
}

TEST_CASE("counted records that differ are a conflict", "[aggregator]") {
  const auto change = GENERATE(0, 1, 2, 3);
  CAPTURE(change);
  const TestRun test(make_plan(4, 1));
  Record other = scored(1, 1);
  if (change == 0) other.score = 0;
  if (change == 1) other.texts[0] = "another completion";
  if (change == 2) other.texts[1] = "8";
  if (change == 3) other = unscored(1, Outcome::no_answer);
  test.commit({scored(0, 1), scored(1, 1)}, 0);
  test.commit({other, scored(2, 1)}, 1);
  const Decided decided = decide(test);
  CHECK(decided.winners.conflicting.text() == "1");
  CHECK(decided.winners.duplicates == 0);
}

TEST_CASE("seconds, tokens and tries are no conflict", "[aggregator]") {
  const TestRun test(make_plan(4, 1));
  Record other = scored(1, 1);
  other.seconds = 9.0F;
  other.tokens_out = 77;
  test.commit({scored(0, 1), scored(1, 1)}, 0);
  test.commit({other}, 1);
  const Decided decided = decide(test);
  CHECK(decided.winners.duplicates == 1);
  CHECK(decided.winners.conflicting.empty());
}

TEST_CASE("an absent text column equals empty texts", "[aggregator]") {
  const TestRun test(make_plan(4, 1));
  test.commit({scored(1, 1, "")}, 0);
  test.commit({scored(1, 1, ""), scored(2, 1, "7")}, 1);
  CHECK(decide(test).winners.duplicates == 1);
}

TEST_CASE("shards of another plan, run or size are not ours", "[aggregator]") {
  const TestRun test(make_plan(4, 1));
  Plan other = make_plan(4, 1);
  other.seed = 8;
  RecordBatch batch;
  batch.add(scored(1, 1));
  const ShardOrigin foreign{"digits", other.digest(), ElementId(0), RankId(0), AttemptId(1), "",
                            ""};
  const auto name = commit_shard(test.run, foreign, 0, batch).name;
  RecordBatch far;
  far.add(scored(4, 1));
  const ShardOrigin own{"digits", test.plan.digest(), ElementId(0), RankId(1), AttemptId(1), "",
                        ""};
  const auto beyond = commit_shard(test.run, own, 0, far).name;
  std::ofstream(test.run.shards() / "hello.h5") << "hello";
  std::ofstream(test.run.shards() / "notes.txt") << "not ours to judge";
  const Inventory inventory = list_shards(test.run, test.plan);
  REQUIRE(inventory.bad.size() == 3);
  CHECK(inventory.bad[0].name == name);
  CHECK(inventory.bad[0].reason == "plan: found " + other.digest().short_hex() + ", expected " +
                                       test.plan.digest().short_hex());
  CHECK(inventory.bad[1].name == beyond);
  CHECK(inventory.bad[1].reason == "items: found ordinal 4, expected less than 4");
  CHECK(inventory.bad[2].name == "hello.h5");
  CHECK(inventory.bad[2].reason == "name: found no shard's name");
}

TEST_CASE("overlaps of many shards are found exactly", "[aggregator]") {
  std::vector<ListedShard> shards(4);
  const char* const items[] = {"0-9,20-29", "10-19", "5-7,25-30", "6,30-35"};
  for (std::size_t i = 0; i < 4; ++i) shards[i].header.items = IntervalSet::parse(items[i]);
  CHECK(overlapping(shards).text() == "5-7,25-30");
  shards.resize(2);
  CHECK(overlapping(shards).empty());
}
