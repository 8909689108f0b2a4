#include "worker/start.hpp"

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/plan/submission.hpp"
#include "core/shard/hdf5.hpp"
#include "fakes.hpp"
#include "temp_dir.hpp"

using tally::AttemptId;
using tally::ElementId;
using tally::Interval;
using tally::IntervalSet;
using tally::Outcome;
using tally::RunDir;
using tally::worker::join_start;
using tally::worker::prepare_start;
using tally::worker::Start;
using tally::worker::start_text;

namespace {

/// A run of 40 items over two elements, 20 each.
struct Fixture {
  TempDir dir;
  tally::Plan plan = fakes::plan(20);
  RunDir run = RunDir::create(dir.path() / "run", plan, "version: 1\n");

  Fixture() {
    tally::start_hdf5();
    tally::write_submission(run, IntervalSet(Interval{0, 40}), 2, 1, "local");
  }
  void commit(Interval items, Outcome outcome, std::uint32_t attempt,
              std::uint32_t of_element = 0) {
    tally::ShardOrigin origin = fakes::origin(plan);
    origin.element = ElementId(of_element);
    origin.attempt = AttemptId(attempt);
    commit(items, outcome, origin);
  }
  void commit(Interval items, Outcome outcome, const tally::ShardOrigin& origin) {
    tally::RecordBatch batch;
    for (tally::Ordinal i = items.begin; i < items.end; ++i) {
      tally::Record record;
      record.ordinal = i;
      record.outcome = outcome;
      if (outcome == Outcome::scored) record.score = 1.0;
      batch.add(record);
    }
    tally::commit_shard(run, origin, 0, batch);
  }
  [[nodiscard]] Start prepare(std::uint32_t element = 0) const {
    return prepare_start(run.root(), ElementId(element));
  }
};

}  // namespace

TEST_CASE("a fresh element has all of its items to do, as attempt 1", "[worker][start]") {
  const Fixture f;
  const Start start = f.prepare(1);
  CHECK(start.items.text() == "20-39");
  CHECK(start.work.text() == "20-39");
  CHECK(start.attempt == AttemptId(1));
}

TEST_CASE("what is committed is not done again, what failed is", "[worker][start]") {
  Fixture f;
  f.commit({0, 5}, Outcome::scored, 3);
  f.commit({5, 8}, Outcome::infra_error, 4);
  f.commit({20, 25}, Outcome::scored, 9, 1);  // the other element's
  const Start start = f.prepare();
  CHECK(start.work.text() == "5-19");
  CHECK(start.attempt == AttemptId(5));
  CHECK(start.before.next_attempt(5) == 2);
}

TEST_CASE("the other ranks learn attempt and failed items from the text", "[worker][start]") {
  Fixture f;
  f.commit({5, 8}, Outcome::infra_error, 4);
  f.commit({22, 25}, Outcome::infra_error, 2, 1);  // no business of element 0
  const Start mine = f.prepare();
  const Start joined = join_start(f.run.root(), ElementId(0), start_text(mine));
  CHECK(joined.attempt == AttemptId(5));
  CHECK(joined.digest == mine.digest);
  CHECK(joined.before.next_attempt(4) == 1);
  CHECK(joined.before.next_attempt(5) == 2);
  CHECK(joined.before.next_attempt(22) == 1);
}

TEST_CASE("a rank that sees another plan than rank 0 says so", "[worker][start]") {
  const Fixture f;
  CHECK_THROWS_WITH(
      join_start(f.run.root(), ElementId(0), "plan " + std::string(64, '0') + "\nattempt 1\n"),
      f.run.plan().string() + ": found " + f.plan.digest().short_hex() +
          ", expected 0000000000000000 as rank 0 has it");
}

TEST_CASE("shards of another plan stop the element", "[worker][start]") {
  Fixture f;
  tally::ShardOrigin origin = fakes::origin(f.plan);
  origin.plan = tally::sha256("another plan");
  f.commit({0, 5}, Outcome::scored, origin);
  try {
    static_cast<void>(f.prepare());
    FAIL("the element started");
  } catch (const tally::Error& error) {
    CHECK(error.code() == tally::Errc::data);
    CHECK_THAT(error.what(),
               TALLY_CONTAINS("plan changed under the shards: found " + origin.plan.short_hex() +
                              ", expected " + f.plan.digest().short_hex()));
  }
}

TEST_CASE("a damaged shard is not counted and costs its items once more", "[worker][start]") {
  Fixture f;
  f.commit({0, 5}, Outcome::scored, 1);
  for (const auto& entry : std::filesystem::directory_iterator(f.run.shards())) {
    std::filesystem::resize_file(entry.path(), std::filesystem::file_size(entry.path()) - 1);
  }
  CHECK(f.prepare().work.text() == "0-19");
}

TEST_CASE("an element that the submission does not have is a usage error", "[worker][start]") {
  const Fixture f;
  CHECK_THROWS_WITH(f.prepare(2), "--element: found 2, expected 0..1");
}

TEST_CASE("a model's first ordinal is a cut", "[worker][start]") {
  CHECK(tally::worker::model_cuts(fakes::plan(5, 2, 3)) == std::vector<tally::Ordinal>{20, 40});
  CHECK(tally::worker::model_cuts(fakes::plan(5)).empty());
}
