#include "aggregator/metrics/task_figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "figures_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

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

TEST_CASE("a single doc has a value, no standard error and Wilson's interval only", "[metrics]") {
  const auto once = figures_of({{0, 1}}, 1, {"accuracy", "avg@1"});
  CHECK(find(once, "accuracy")->ci95.has_value());
  CHECK_FALSE(find(once, "accuracy")->standard_error);
  const auto half = figures_of({{0, 1}, {0, 0}}, 2, {"accuracy"});
  CHECK(find(half, "accuracy")->value == 0.5);
  CHECK_FALSE(find(half, "accuracy")->ci95);
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
                        "\", expected accuracy, avg@K, pass@K, pass^K, maj@K, g-pass@K:TAU, "
                        "mg-pass@K, any@K, at-least@M, median, stddev, min, max, truncation_rate, "
                        "mean:<column> or ratio:<column>/<column>");
}

TEST_CASE("repeats count as their mean, not as the last one", "[metrics][trap-6]") {
  const auto figures = figures_of({{0, 1}, {0, 0}}, 2, {"accuracy"});
  CHECK(find(figures, "accuracy")->value == 0.5);
  const auto reversed = figures_of({{0, 0}, {0, 1}}, 2, {"accuracy"});
  CHECK(find(reversed, "accuracy")->value == 0.5);
}

TEST_CASE("one correct draw of 200 is a pass@1 of 0.005, in no unit but a share",
          "[metrics][trap-4]") {
  std::vector<Row> rows(200, Row{0, 0});
  rows[123].score = 1;
  CHECK(find(figures_of(rows, 200, {"pass@1"}), "pass@1")->value == Approx(0.005).epsilon(1e-12));
}

TEST_CASE("the order of a doc's draws changes no figure", "[metrics][trap-15]") {
  std::vector<Row> rows{{0, 1, "7"}, {0, 1, "7"}, {0, 0, "8"}, {0, 0, "8"}, {1, 0, ""}};
  const std::vector<std::string> names{"accuracy",     "pass@2",     "maj@3",
                                       "maj@5",        "any@5",      "median",
                                       "g-pass@3:0.5", "at-least@2", "mg-pass@4"};
  const auto reference = figures_of(rows, 5, names);
  CHECK(find(reference, "maj@5")->value == Approx(0.5).epsilon(1e-12));
  CHECK(reference.metrics.size() == names.size());
  for (int turn = 0; turn < 5; ++turn) {
    std::rotate(rows.begin(), rows.begin() + 1, rows.end());
    const auto turned = figures_of(rows, 5, names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      CAPTURE(names[i], turn);
      CHECK(turned.metrics[i].value == Approx(reference.metrics[i].value).epsilon(1e-12));
    }
  }
}

TEST_CASE("the truncation rate is over records of any outcome", "[metrics]") {
  auto block = block_of({{0, 1}, {4, kNan}, {-1, kNan}, {0, 0}});
  block.finish_reason = {2, 2, 2, 1};
  TaskReducer reducer(task_of(4, 2), "id", {"truncation_rate"}, {});
  reducer.add(block);
  const auto figures = reducer.finish();
  CHECK(figures.counts.truncated == 2);
  CHECK(figures.counts.truncation_rate() == 2.0 / 3);
  CHECK(find(figures, "truncation_rate")->value == Approx(2.0 / 3).epsilon(1e-12));
  CHECK_FALSE(figures_of({{-1, kNan}}, 1, {"truncation_rate"}).counts.truncation_rate());
  CHECK(figures_of({{-1, kNan}}, 1, {"truncation_rate"}).metrics.empty());
}

TEST_CASE("the truncation rate is one number, as a metric and beside it", "[metrics][trap-42]") {
  RowBlock block = block_of(scored_rows(std::vector<double>(81, 1.0)));
  for (std::size_t row = 0; row < 15; ++row) block.finish_reason[row] = 2;
  TaskReducer reducer(task_of(81, 3), "id", {"truncation_rate"}, {});
  reducer.add(block);
  const auto figures = reducer.finish();
  CHECK(find(figures, "truncation_rate")->value == figures.counts.truncation_rate().value());
}

TEST_CASE("the variance is split where docs have several draws", "[metrics]") {
  const auto twice = figures_of({{0, 1}, {0, 0}, {0, 1}, {0, 1}, {0, 0}, {0, 0}}, 2, {"accuracy"});
  // Means 0.5, 1, 0: variance 0.25; variances within 0.5, 0, 0.
  CHECK(twice.variance.value().within_docs == Approx(1.0 / 6).epsilon(1e-12));
  CHECK(twice.variance.value().between_docs == Approx(0.25 - 1.0 / 12).epsilon(1e-12));
  CHECK_FALSE(figures_of({{0, 1}, {0, 0}}, 1, {"accuracy"}).variance);
}

namespace {

/// What one of the rows used and why it ended; its outcome and the length of its text.
struct Used {
  std::uint32_t in = 3;
  std::uint32_t out = 2;
  FinishReason reason = FinishReason::stop;
  int outcome = 0;
  std::uint32_t length = 5;
};

TaskFigures usage_of(const std::vector<Used>& rows, std::uint32_t repeats, bool generates = true) {
  std::vector<Row> scores;
  for (const Used& used : rows) scores.push_back({used.outcome, used.outcome < 3 ? 1.0 : kNan});
  RowBlock block = block_of(scores);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    block.tokens_in[i] = rows[i].in;
    block.tokens_out[i] = rows[i].out;
    block.finish_reason[i] = static_cast<std::uint8_t>(rows[i].reason);
    block.completion_lengths.push_back(rows[i].length);
  }
  MetricContext context;
  context.generates = generates;
  TaskReducer reducer(task_of(rows.size(), repeats), "id", {"truncation_rate"}, context);
  reducer.add(block);
  return reducer.finish();
}

constexpr Used kSilent{0, 0};

}  // namespace

TEST_CASE("usage that a completion does not tell is not 0", "[metrics]") {
  CHECK(usage_of({{}, {}, {}}, 1).tokens_known);
  CHECK(usage_of({{0, 2}, {3, 0}}, 1).tokens_known);
  CHECK_FALSE(usage_of({kSilent, kSilent}, 1).tokens_known);
  CHECK_FALSE(usage_of({{}, kSilent, {}, {}}, 1).tokens_known);
  // By log-likelihoods there is no text; a classifier uses none.
  CHECK_FALSE(usage_of({{0, 0, FinishReason::unknown, 0, 0}}, 1).tokens_known);
  CHECK(usage_of({{0, 0, FinishReason::stop, 0, 0}}, 1, false).tokens_known);
  // Nothing was generated.
  CHECK(usage_of({{}, {0, 0, FinishReason::error, 3, 0}, {0, 0, FinishReason::unknown, 4, 0}}, 1)
            .tokens_known);
  CHECK_FALSE(usage_of({{}, {0, 0, FinishReason::unknown, 1, 7}}, 1).tokens_known);
  // An empty answer was paid for.
  CHECK_FALSE(usage_of({{}, {0, 0, FinishReason::unknown, 1, 0}}, 1).tokens_known);
  CHECK_FALSE(usage_of({{}, {0, 0, FinishReason::unknown, 5, 0}}, 1).tokens_known);
}

TEST_CASE("what a request of several choices used stands with the first", "[metrics]") {
  CHECK(usage_of({{}, kSilent, kSilent, {}, kSilent, kSilent}, 3).tokens_known);
  CHECK_FALSE(usage_of({{}, kSilent, {}}, 3).tokens_known);
  CHECK_FALSE(usage_of({kSilent, {}, kSilent}, 3).tokens_known);
  CHECK_FALSE(usage_of({kSilent, kSilent, kSilent, {}, kSilent, kSilent}, 3).tokens_known);
}

TEST_CASE("where a completion does not say why it ended, it may have been cut off", "[metrics]") {
  const Used silent{3, 2, FinishReason::unknown};
  const TaskFigures none = usage_of({silent, silent}, 1);
  CHECK_FALSE(none.counts.truncation_rate());
  CHECK(none.metrics.empty());
  const Used cut{3, 2, FinishReason::length};
  for (const auto& rows : {std::vector{silent, cut}, {cut, Used{}, silent, Used{}}}) {
    const TaskFigures some = usage_of(rows, 1);
    CHECK_FALSE(some.counts.truncation_rate());
    CHECK(some.metrics.empty());
  }
  // An empty answer may be one that a limit left, or of log-likelihoods.
  CHECK_FALSE(usage_of({cut, {3, 2, FinishReason::unknown, 1, 0}}, 1).counts.truncation_rate());
  // Its scorer failed, or it cannot be judged: it was generated.
  CHECK_FALSE(usage_of({cut, {3, 2, FinishReason::unknown, 4}}, 1).counts.truncation_rate());
  CHECK_FALSE(usage_of({cut, {3, 2, FinishReason::unknown, 5}}, 1).counts.truncation_rate());
  // Failures say nothing of completions.
  const Used failed{0, 0, FinishReason::error, 3, 0};
  CHECK(usage_of({cut, failed}, 1).counts.truncation_rate() == 0.5);
  CHECK(find(usage_of({cut, failed}, 1), "truncation_rate")->value == 0.5);
  CHECK(usage_of({cut, {0, 0, FinishReason::unknown, 3, 7}}, 1).counts.truncation_rate() == 0.5);
  CHECK(usage_of({cut, {0, 0, FinishReason::unknown, 4, 0}}, 1).counts.truncation_rate() == 0.5);
  CHECK_FALSE(usage_of({silent, failed}, 1).counts.truncation_rate());
  CHECK_FALSE(usage_of({failed}, 1).counts.truncation_rate());
  CHECK(usage_of({failed}, 1).metrics.empty());
  CHECK_FALSE(usage_of({{0, 0, FinishReason::unknown, 4, 0}}, 1).counts.truncation_rate());
}
