#include "core/shard/record.hpp"

#include <algorithm>
#include <cmath>

#include "batches.hpp"
#include "catch.hpp"

namespace tally {
namespace {

struct Duel {
  Candidate winner;
  Candidate loser;
};

TEST_CASE("a counted record beats an uncounted, then the later try, then the smaller name",
          "[shard][record][trap-38]") {
  const auto duel = GENERATE(values<Duel>({
      {{Outcome::scored, 1, "b"}, {Outcome::infra_error, 9, "a"}},
      {{Outcome::no_answer, 1, "b"}, {Outcome::generation_error, 2, "a"}},
      {{Outcome::timeout, 1, "b"}, {Outcome::invalid, 2, "a"}},
      {{Outcome::no_answer, 2, "b"}, {Outcome::scored, 1, "a"}},
      {{Outcome::scored, 2, "b"}, {Outcome::scored, 1, "a"}},
      {{Outcome::infra_error, 2, "b"}, {Outcome::invalid, 1, "a"}},
      {{Outcome::scored, 1, "a"}, {Outcome::timeout, 1, "b"}},
      {{Outcome::infra_error, 3, "a"}, {Outcome::generation_error, 3, "b"}},
  }));
  CHECK(beats(duel.winner, duel.loser));
  CHECK_FALSE(beats(duel.loser, duel.winner));
  CHECK_FALSE(beats(duel.winner, duel.winner));
}

Record with(Ordinal ordinal, Outcome outcome, std::uint32_t attempt, const std::string& text) {
  Record record = plain_record(ordinal);
  record.outcome = outcome;
  record.attempt = attempt;
  record.texts[0] = text;
  return record;
}

TEST_CASE("normalising orders rows and keeps one winner per ordinal", "[shard][record]") {
  RecordBatch batch = batch_of(
      {with(7, Outcome::scored, 1, "seven"), with(3, Outcome::infra_error, 2, "failed later"),
       with(3, Outcome::scored, 1, "scored first"), with(5, Outcome::infra_error, 1, "failed once"),
       with(5, Outcome::infra_error, 2, "failed twice"), with(1, Outcome::scored, 1, "added first"),
       with(1, Outcome::scored, 1, "added second")});
  batch.normalise();
  const RecordBatch expected = batch_of(
      {with(1, Outcome::scored, 1, "added first"), with(3, Outcome::scored, 1, "scored first"),
       with(5, Outcome::infra_error, 2, "failed twice"), with(7, Outcome::scored, 1, "seven")});
  CHECK(print(batch) == print(expected));
}

TEST_CASE("normalising any order of rows gives the same batch", "[shard][record]") {
  const auto seed = GENERATE(range(0U, 20U));
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const RecordBatch sorted = random_batch(random, {.rows = 30, .metrics = 2});
  std::vector<std::size_t> order(sorted.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  RecordBatch shuffled;
  shuffled.metric_names = sorted.metric_names;
  for (const std::size_t row : order) shuffled.add(sorted.row(row));
  shuffled.normalise();
  CHECK(print(shuffled) == print(sorted));
}

TEST_CASE("appending unites metric columns and marks the absent ones NaN", "[shard][record]") {
  RecordBatch left;
  left.metric_names = {"depth"};
  Record record = plain_record(1);
  record.metrics = {0.5F};
  left.add(record);
  RecordBatch right;
  right.metric_names = {"width", "depth"};
  record = plain_record(2);
  record.metrics = {2.0F, 3.0F};
  right.add(record);

  left.append(right);
  left.append(batch_of({plain_record(3)}));

  REQUIRE(left.metric_names == std::vector<std::string>{"depth", "width"});
  CHECK(left.metrics[0][0] == 0.5F);
  CHECK(left.metrics[0][1] == 3.0F);
  CHECK(std::isnan(left.metrics[0][2]));
  CHECK(std::isnan(left.metrics[1][0]));
  CHECK(left.metrics[1][1] == 2.0F);
  CHECK(std::isnan(left.metrics[1][2]));
  CHECK(left.row(2).texts[0] == "text of 3");
}

TEST_CASE("a cleared batch keeps its metric names and takes records again", "[shard][record]") {
  std::mt19937_64 random(1);
  RecordBatch batch = random_batch(random, {.rows = 5, .metrics = 1});
  const std::vector<std::string> names = batch.metric_names;
  batch.clear();
  CHECK(batch.size() == 0);
  CHECK(batch.bytes() == 0);
  CHECK(batch.metric_names == names);
  Record record = plain_record(4);
  record.metrics = {1.0F};
  batch.add(record);
  CHECK(print(batch.row(0), names) == print(record, names));
}

TEST_CASE("outcomes and texts have the names that the formats use", "[shard][record]") {
  CHECK(outcome_name(Outcome::scored) == "scored");
  CHECK(outcome_name(Outcome::invalid) == "invalid");
  CHECK(text_name(Text::completion) == "completion");
  CHECK(text_name(Text::session) == "session");
}

}  // namespace
}  // namespace tally
