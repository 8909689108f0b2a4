#include "worker/runner.hpp"

#include <cmath>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/shard/hdf5.hpp"
#include "fakes.hpp"
#include "temp_dir.hpp"

using namespace std::chrono_literals;
using tally::Coverage;
using tally::Interval;
using tally::Outcome;
using tally::Record;
using tally::RunDir;
using tally::worker::Committer;
using tally::worker::Counters;
using tally::worker::Runner;
using tally::worker::RunnerParts;
using tally::worker::StopFlag;

namespace {

class ListSource final : public tally::worker::ChunkSource {
 public:
  explicit ListSource(std::vector<Interval> chunks) : chunks_(std::move(chunks)) {}
  [[nodiscard]] std::optional<Interval> next() override {
    if (at_ == chunks_.size()) return std::nullopt;
    return chunks_[at_++];
  }
  [[nodiscard]] std::size_t taken() const { return at_; }

 private:
  std::vector<Interval> chunks_;
  std::size_t at_ = 0;
};

/// Runs `chunks` of a plan of 20 docs, 2 repeats, 2 temperatures in a fresh run directory.
struct Bench {
  TempDir dir;
  tally::Plan plan = fakes::plan(20, 2);
  RunDir run = RunDir::create(dir.path() / "run", plan, "version: 1\n");
  Coverage before;
  Counters counters;
  StopFlag stop;

  Bench() { tally::start_hdf5(); }
  std::vector<Record> work(RunnerParts parts, std::vector<Interval> chunks) {
    Committer committer(run, fakes::origin(plan), {.interval = 1h}, counters, {});
    Runner runner({plan, before, committer, counters, stop}, std::move(parts));
    ListSource source(std::move(chunks));
    runner.run(source);
    runner.on_complete();
    return fakes::records(run);
  }
};

bool same(const Record& a, const Record& b) {
  const bool scores = a.score == b.score || (std::isnan(a.score) && std::isnan(b.score));
  const bool metrics = a.metrics == b.metrics || std::isnan(a.metrics.at(0));
  return scores && metrics && a.ordinal == b.ordinal && a.outcome == b.outcome &&
         a.texts == b.texts && a.attempt == b.attempt && a.tokens_out == b.tokens_out;
}

}  // namespace

TEST_CASE("a record says what became of its item", "[worker][runner]") {
  Bench bench;
  const auto records = bench.work(fakes::parts(7), {{0, 80}});
  REQUIRE(records.size() == 80);
  for (std::size_t i = 0; i < 80; ++i) REQUIRE(records[i].ordinal == i);
  const Record& right = records[2];  // doc 1, repeat 0
  CHECK(right.outcome == Outcome::scored);
  CHECK(right.score == 1.0);
  CHECK(right.texts[0] == "1");
  CHECK(right.texts[1] == "1");
  CHECK(right.attempt == 1);
  CHECK(records[3].tokens_out == 2);  // doc 1, repeat 1
  CHECK(records[46].score == 0.5);    // doc 3 of the task at temperature 0.5
  const Record& silent = records[8];  // doc 4
  CHECK(silent.outcome == Outcome::no_answer);
  CHECK(silent.score == 0.0);
  const Record& failed = records[26];  // doc 13
  CHECK(failed.outcome == Outcome::infra_error);
  CHECK(std::isnan(failed.score));
  CHECK(std::isnan(failed.metrics.at(0)));
  CHECK(failed.texts[2] == "unlucky");
  const auto counts = bench.counters.snapshot();
  CHECK(counts.done == 80);
  CHECK(counts.outcomes[4] == 4);
}

TEST_CASE("records do not depend on batch, chunk or order", "[worker][runner]") {
  Bench one;
  const auto expected = one.work(fakes::parts(1), {{0, 80}});
  Bench other;
  const auto found = other.work(fakes::parts(64), {{33, 80}, {10, 33}, {0, 10}});
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(same(found[i], expected[i]));
  }
}

TEST_CASE("an item that failed before gets the next try number", "[worker][runner]") {
  Bench bench;
  bench.before.failed.push_back({4, 2, tally::IntervalSet::parse("5-6")});
  const auto records = bench.work(fakes::parts(8), {{4, 8}});
  REQUIRE(records.size() == 4);
  CHECK(records[0].attempt == 1);
  CHECK(records[1].attempt == 3);
  CHECK(records[2].attempt == 3);
  CHECK(records[3].attempt == 1);
}

TEST_CASE("batches begin where those of the whole task begin", "[worker][runner]") {
  class Recorder final : public tally::worker::Generator {
   public:
    explicit Recorder(std::vector<Interval>& batches) : batches_(batches) {}
    [[nodiscard]] std::size_t batch_size(const tally::Task& /*task*/) const override { return 16; }
    void probe() override {}
    [[nodiscard]] std::vector<tally::worker::Completion> generate(
        std::span<const tally::worker::Request> requests, const StopFlag& /*stop*/) override {
      batches_.push_back({requests.front().ordinal, requests.back().ordinal + 1});
      return std::vector<tally::worker::Completion>(requests.size());
    }

   private:
    std::vector<Interval>& batches_;
  };
  Bench bench;
  std::vector<Interval> batches;
  RunnerParts parts = fakes::parts(16);
  parts.generator = [&batches](std::uint32_t) { return std::make_unique<Recorder>(batches); };
  bench.work(std::move(parts), {{3, 30}, {30, 60}});  // the second task begins at 40
  CHECK(batches ==
        std::vector<Interval>{{3, 16}, {16, 30}, {30, 32}, {32, 40}, {40, 56}, {56, 60}});
}

TEST_CASE("a stop ends the run between two batches and keeps what was done", "[worker][runner]") {
  Bench bench;
  class Stopping final : public tally::worker::Generator {
   public:
    explicit Stopping(StopFlag& stop) : stop_(stop) {}
    [[nodiscard]] std::size_t batch_size(const tally::Task& /*task*/) const override { return 5; }
    void probe() override {}
    [[nodiscard]] std::vector<tally::worker::Completion> generate(
        std::span<const tally::worker::Request> requests, const StopFlag& stop) override {
      if (requests.front().ordinal == 5) stop_.request();
      return inner_.generate(requests.first(stop_.requested() ? 2 : 5), stop);
    }

   private:
    StopFlag& stop_;
    fakes::Generator inner_{5};
  };
  RunnerParts parts = fakes::parts(5);
  parts.generator = [&](std::uint32_t) { return std::make_unique<Stopping>(bench.stop); };
  const auto records = bench.work(std::move(parts), {{0, 40}, {40, 80}});
  REQUIRE(records.size() == 7);
  CHECK(records.back().ordinal == 6);
}

TEST_CASE("a generator that swallows requests is a bug, not a short result", "[worker][runner]") {
  Bench bench;
  class Short final : public tally::worker::Generator {
   public:
    void probe() override {}
    [[nodiscard]] std::vector<tally::worker::Completion> generate(
        std::span<const tally::worker::Request> requests, const StopFlag&) override {
      return std::vector<tally::worker::Completion>(requests.size() - 1);
    }
  };
  RunnerParts parts = fakes::parts(1);
  parts.generator = [](std::uint32_t) { return std::make_unique<Short>(); };
  CHECK_THROWS_WITH(bench.work(std::move(parts), {{0, 10}}), "found 9 completions, expected 10");
}

TEST_CASE("a score that is not a number is invalid, and so is a scorer that gives up",
          "[worker][runner]") {
  Bench bench;
  class Odd final : public tally::worker::Scorer {
   public:
    [[nodiscard]] tally::worker::Score score(const tally::Task&, const tally::Doc& doc,
                                             const tally::worker::Completion&,
                                             tally::ItemRandom&) const override {
      if (doc.text == "1") throw tally::Error(tally::Errc::data, "too long a text");
      tally::worker::Score score;
      score.outcome = Outcome::scored;
      score.value = std::nan("");
      return score;
    }
  };
  RunnerParts parts = fakes::parts(4);
  parts.scorer = [](const tally::TaskSpec&) { return std::make_unique<Odd>(); };
  const auto records = bench.work(std::move(parts), {{0, 4}});
  REQUIRE(records.size() == 4);
  CHECK(records[0].outcome == Outcome::invalid);
  CHECK(records[0].texts[2] == "the score is not a finite number");
  CHECK(records[2].outcome == Outcome::invalid);
  CHECK(records[2].texts[2] == "too long a text");
  CHECK(std::isnan(records[2].score));
}

TEST_CASE("only models with work are probed, one is alive at a time", "[worker][runner]") {
  TempDir dir;
  const tally::Plan plan = fakes::plan(5, 1, 3);  // 10 items per model
  const RunDir run = RunDir::create(dir.path() / "run", plan, "version: 1\n");
  static int alive;
  static std::vector<std::uint32_t> probed;
  alive = 0;
  probed.clear();
  class Counted final : public tally::worker::Generator {
   public:
    explicit Counted(std::uint32_t model) : model_(model) { REQUIRE(++alive == 1); }
    ~Counted() override { --alive; }
    void probe() override { probed.push_back(model_); }
    [[nodiscard]] std::vector<tally::worker::Completion> generate(
        std::span<const tally::worker::Request> requests, const StopFlag& stop) override {
      return fakes::Generator(1).generate(requests, stop);
    }

   private:
    std::uint32_t model_;
  };
  RunnerParts parts = fakes::parts(1);
  parts.generator = [](std::uint32_t model) { return std::make_unique<Counted>(model); };
  Counters counters;
  const StopFlag stop;
  const Coverage before;
  Committer committer(run, fakes::origin(plan), {.interval = 1h}, counters, {});
  Runner runner({plan, before, committer, counters, stop}, std::move(parts));
  runner.probe(tally::IntervalSet::parse("2-9,29"));
  CHECK(probed == std::vector<std::uint32_t>{2, 0});
  ListSource source({{2, 10}, {29, 30}});
  runner.run(source);
  CHECK(probed == std::vector<std::uint32_t>{2, 0, 2});
  CHECK(counters.snapshot().done == 9);
}

namespace {

/// Gives up at doc 3, as a scorer does that is stopped while a program runs; counts its probes.
class SlowScorer final : public tally::worker::Scorer {
 public:
  SlowScorer(StopFlag& stop, int& probes) : stop_(stop), probes_(probes) {}
  void probe() override { ++probes_; }
  [[nodiscard]] tally::worker::Score score(const tally::Task& /*task*/, const tally::Doc& doc,
                                           const tally::worker::Completion& /*completion*/,
                                           tally::ItemRandom& /*random*/) const override {
    tally::worker::Score score;
    if (doc.text == "3") {
      stop_.request();
      score.abandoned = true;
      return score;
    }
    score.outcome = Outcome::scored;
    score.value = 1.0;
    score.seconds = 0.5F;
    score.explanation = "because";
    return score;
  }

 private:
  StopFlag& stop_;
  int& probes_;
};

}  // namespace

TEST_CASE("an item whose scoring was stopped has no record, and those before it have",
          "[worker][runner]") {
  Bench bench;
  RunnerParts parts = fakes::parts(64);
  int probes = 0;
  parts.scorer = [&](const tally::TaskSpec&) {
    return std::make_unique<SlowScorer>(bench.stop, probes);
  };
  const auto records = bench.work(std::move(parts), {{0, 40}, {40, 80}});
  REQUIRE(records.size() == 6);  // two repeats of docs 0 to 2
  CHECK(records.back().ordinal == 5);
  CHECK(records.back().seconds == 0.5F);
  CHECK(records.back().texts[static_cast<std::size_t>(tally::Text::error)] == "because");
  CHECK(bench.counters.snapshot().done == 6);
  CHECK(probes == 1);
}

TEST_CASE("scorers are probed with the models, before any item", "[worker][runner]") {
  Bench bench;
  RunnerParts parts = fakes::parts(4);
  int probes = 0;
  parts.scorer = [&](const tally::TaskSpec&) {
    return std::make_unique<SlowScorer>(bench.stop, probes);
  };
  Committer committer(bench.run, fakes::origin(bench.plan), {.interval = 1h}, bench.counters, {});
  Runner runner({bench.plan, bench.before, committer, bench.counters, bench.stop},
                std::move(parts));
  runner.probe(tally::IntervalSet(Interval{0, 80}));
  CHECK(probes == 1);
  CHECK(bench.counters.snapshot().done == 0);
}
