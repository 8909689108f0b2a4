#include "aggregator/metrics/task_figures.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "core/base/error.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Rows of one task; outcome -1: missing.
struct Row {
  int outcome;
  double score;
  std::string answer = "7";
};

RowBlock block_of(const std::vector<Row>& rows) {
  RowBlock block;
  block.first = 100;
  for (const Row& row : rows) {
    block.outcome.push_back(row.outcome < 0 ? kMissingOutcome
                                            : static_cast<std::uint8_t>(row.outcome));
    block.finish_reason.push_back(1);
    block.score.push_back(row.score);
    block.tokens_in.push_back(3);
    block.tokens_out.push_back(2);
    block.seconds.push_back(0.5F);
    block.answers.push_back(row.answer);
  }
  return block;
}

TaskFigures figures_of(const std::vector<Row>& rows, std::uint32_t repeats,
                       const std::vector<std::string>& metrics,
                       const std::vector<std::vector<float>>& columns = {}) {
  Task task;
  task.first = 100;
  task.repeats = repeats;
  task.docs = rows.size() / repeats;
  RowBlock block = block_of(rows);
  block.metrics = columns;
  TaskReducer reducer(task, "id", metrics, {7, {"rouge", "bleu"}});
  reducer.add(block);
  return reducer.finish();
}

const Estimate* find(const TaskFigures& figures, const std::string& name) {
  for (const Estimate& metric : figures.metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

}  // namespace

TEST_CASE("accuracy is the mean over docs of the docs' mean scores", "[metrics]") {
  // One doc has two counted draws, the other one: docs weigh the same.
  const auto figures = figures_of({{0, 1}, {0, 0}, {0, 1}, {4, kNan}}, 2, {"accuracy"});
  CHECK(find(figures, "accuracy")->value == 0.75);
  CHECK(figures.counts.counted() == 3);
  CHECK(figures.counts.errors() == 1);
  CHECK_FALSE(figures.complete());
  CHECK(figures.uncounted.text() == "103");
}

TEST_CASE("no_answer and timeout count as 0, failures do not count", "[metrics]") {
  const auto figures = figures_of(
      {{0, 1}, {1, 0}, {2, 0}, {3, kNan}, {4, kNan}, {5, kNan}, {-1, kNan}}, 1, {"accuracy"});
  CHECK(find(figures, "accuracy")->value == Approx(1.0 / 3));
  CHECK(figures.counts.outcomes == std::array<std::uint64_t, 6>{1, 1, 1, 1, 1, 1});
  CHECK(figures.counts.missing == 1);
  CHECK(figures.uncounted.text() == "103-106");
}

TEST_CASE("a scored record without a number is invalid, not 0", "[metrics][trap-13]") {
  const auto figures = figures_of({{0, 1}, {0, kNan}}, 1, {"accuracy"});
  CHECK(find(figures, "accuracy")->value == 1.0);
  CHECK(figures.counts.of(Outcome::invalid) == 1);
  CHECK(figures.counts.of(Outcome::scored) == 1);
}

TEST_CASE("nothing is computed from nothing", "[metrics]") {
  const auto figures = figures_of({{-1, kNan}, {4, kNan}}, 1,
                                  {"accuracy", "avg@1", "pass@1", "pass^1", "maj@1", "mean:rouge"},
                                  {{0.0F, 0.0F}, {0.0F, 0.0F}});
  CHECK(figures.metrics.empty());
}

TEST_CASE("pass@k is left out unless every doc has k draws", "[metrics]") {
  const std::vector<Row> whole{{0, 1}, {0, 0}, {0, 0}, {0, 0}};
  CHECK(find(figures_of(whole, 2, {"pass@2", "pass@3"}), "pass@2")->value == 0.5);
  CHECK(find(figures_of(whole, 2, {"pass@2", "pass@3"}), "pass@3") == nullptr);
  const std::vector<Row> short_doc{{0, 1}, {0, 0}, {0, 0}, {4, kNan}};
  const auto figures = figures_of(short_doc, 2, {"pass@2", "pass^2", "avg@2", "maj@2", "pass@1"});
  CHECK(figures.metrics.size() == 1);
  CHECK(find(figures, "pass@1")->value == 0.25);
}

TEST_CASE("only a full score passes", "[metrics]") {
  CHECK(find(figures_of({{0, 0.99}, {0, 1}}, 1, {"pass@1"}), "pass@1")->value == 0.5);
}

TEST_CASE("maj@1, avg@1 and pass@1 agree with accuracy", "[metrics][trap-42]") {
  const std::vector<Row> rows{{0, 1, "7"}, {0, 0, "8"}, {1, 0, ""},  {0, 1, "7"},
                              {0, 0, "9"}, {2, 0, ""},  {0, 1, "7"}, {0, 1, "7"}};
  const auto figures = figures_of(rows, 4, {"accuracy", "avg@1", "pass@1", "maj@1"});
  for (const Estimate& metric : figures.metrics) {
    CAPTURE(metric.name);
    CHECK(metric.value == Approx(0.5).margin(1e-12));
  }
  CHECK(figures.metrics.size() == 4);
}

TEST_CASE("a no_answer abstains although its record has a text", "[metrics][trap-16]") {
  const std::vector<Row> rows{{1, 0, "8"}, {1, 0, "8"}, {0, 1, "7"}};
  CHECK(find(figures_of(rows, 3, {"maj@3"}), "maj@3")->value == 1.0);
}

TEST_CASE("the standard error is over docs, so repeats do not shrink it", "[metrics][trap-41]") {
  std::vector<Row> rows;
  for (int doc = 0; doc < 10; ++doc)
    for (int repeat = 0; repeat < 4; ++repeat) rows.push_back({0, doc < 5 ? 1.0 : 0.0});
  const double over_docs = *find(figures_of(rows, 4, {"accuracy"}), "accuracy")->standard_error;
  const double over_samples = *find(figures_of(rows, 1, {"accuracy"}), "accuracy")->standard_error;
  CHECK(over_docs == Approx(std::sqrt(0.25 / 9)));
  CHECK(over_docs > 1.9 * over_samples);
}

TEST_CASE("Wilson's interval is for single draws that are right or wrong", "[metrics]") {
  std::vector<Row> rows(100, Row{0, 0});
  for (std::size_t i = 0; i < 37; ++i) rows[i].score = 1;
  CHECK(find(figures_of(rows, 1, {"accuracy"}), "accuracy")->ci95->low == Approx(0.2818236053));
  rows[0].score = 0.5;
  const auto* const partial = find(figures_of(rows, 1, {"accuracy"}), "accuracy");
  REQUIRE(partial);
}

TEST_CASE("a single doc has a value, no standard error and Wilson's interval only", "[metrics]") {
  const auto once = figures_of({{0, 1}}, 1, {"accuracy", "avg@1"});
  CHECK(find(once, "accuracy")->ci95.has_value());
  CHECK_FALSE(find(once, "accuracy")->standard_error);
  CHECK_FALSE(find(once, "avg@1")->ci95);
  const auto twice = figures_of({{0, 1}, {0, 1}}, 2, {"accuracy"});
  CHECK_FALSE(find(twice, "accuracy")->ci95);
}

TEST_CASE("a column's mean skips what is no number", "[metrics]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Row> rows{{0, 1}, {0, 1}, {0, 1}, {4, kNan}};
  const auto figures = figures_of(rows, 2, {"mean:rouge", "mean:bleu", "mean:other"},
                                  {{0.5F, nan, 1.0F, 9.0F}, {nan, nan, nan, 1.0F}});
  CHECK(find(figures, "mean:rouge")->value == 0.75);
  CHECK(find(figures, "mean:bleu") == nullptr);
  CHECK(find(figures, "mean:other") == nullptr);
}

TEST_CASE("blocks of rows add up to the same figures", "[metrics][trap-5]") {
  std::vector<Row> rows;
  for (int i = 0; i < 60; ++i) rows.push_back({i % 7 == 0 ? 1 : 0, i % 7 == 0 ? 0.0 : i % 2 * 1.0});
  const auto whole = figures_of(rows, 3, {"accuracy", "pass@2"});
  Task task;
  task.first = 100;
  task.repeats = 3;
  task.docs = 20;
  TaskReducer reducer(task, "id", {"accuracy", "pass@2"}, {7, {}});
  for (std::size_t at = 0; at < rows.size(); at += 12) {
    RowBlock part = block_of({rows.begin() + static_cast<std::ptrdiff_t>(at),
                              rows.begin() + static_cast<std::ptrdiff_t>(at) + 12});
    part.first = 100 + at;
    reducer.add(part);
  }
  const auto parts = reducer.finish();
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(parts.metrics[i].value == whole.metrics[i].value);
    CHECK(parts.metrics[i].standard_error == whole.metrics[i].standard_error);
  }
}

TEST_CASE("a metric nobody knows is refused", "[metrics]") {
  const auto name = GENERATE(values<std::string>(
      {"acc", "pass@0", "pass@", "pass@1x", "pass@-1", "maj@100001", "mean:", ""}));
  CAPTURE(name);
  CHECK_THROWS_WITH(make_metric(name, {}),
                    "metrics: found \"" + name +
                        "\", expected accuracy, avg@K, pass@K, pass^K, maj@K with K in 1..100000, "
                        "or mean:COLUMN");
}
