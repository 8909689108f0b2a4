#include "aggregator/metrics/column_metrics.hpp"

#include <limits>

#include "catch.hpp"
#include "figures_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
const std::vector<std::vector<float>> kFive{{2, 1, 3, 0, 1}, {3, 1, 4, 2, 1}};

}  // namespace

TEST_CASE("a ratio is of sums over docs, with a linearised error", "[aggregator][metrics]") {
  const auto rows = scored_rows({1, 1, 1, 1, 1});
  const auto figures = figures_of(rows, 1, {"ratio:rouge/bleu", "mean:rouge"}, kFive);
  const Estimate* const ratio = find(figures, "ratio:rouge/bleu");
  REQUIRE(ratio != nullptr);
  CHECK(ratio->value == Approx(7.0 / 11).epsilon(1e-12));
  CHECK(ratio->standard_error.value() == Approx(0.1472605758777311).epsilon(1e-12));
  CHECK(ratio->ci95.value().low ==
        Approx(7.0 / 11 - 2.7764451051977987 * 0.1472605758777311).epsilon(1e-9));
  CHECK(ratio->docs == 5);
  CHECK(find(figures, "mean:rouge")->value == Approx(1.4).epsilon(1e-12));
}

TEST_CASE("a ratio clusters by group", "[aggregator][metrics]") {
  const DocGroups groups{"text", {"a", "b", "c"}, {0, 0, 1, 1, 2}};
  StatisticsSpec statistics;
  statistics.cluster = ClusterBy::group;
  const auto figures =
      figures_of(scored_rows({1, 1, 1, 1, 1}), 1, {"ratio:rouge/bleu"}, statistics, &groups, kFive);
  CHECK(find(figures, "ratio:rouge/bleu")->standard_error.value() ==
        Approx(0.1117995806485015).epsilon(1e-12));
}

TEST_CASE("a ratio over nothing is undefined", "[aggregator][metrics]") {
  const auto rows = scored_rows({1, 1});
  const auto ratio = [&](const std::vector<std::vector<float>>& columns) {
    return figures_of(rows, 1, {"ratio:rouge/bleu"}, columns).metrics;
  };
  CHECK(ratio({{1, 2}, {0, 0}}).empty());
  CHECK(ratio({{1, 2}, {kNan, kNan}}).empty());
  CHECK(figures_of(rows, 1, {"ratio:rouge/none"}, {{1, 2}, {1, 1}}).metrics.empty());
  // A draw counts when it has both.
  REQUIRE(ratio({{1, 2}, {kNan, 4}}).size() == 1);
  CHECK(ratio({{1, 2}, {kNan, 4}})[0].value == 0.5);
  CHECK(ratio({{1, 2}, {kNan, 4}})[0].docs == 1);
  CHECK_FALSE(ratio({{1, 2}, {kNan, 4}})[0].standard_error);
  REQUIRE(ratio({{kNan, 2}, {1, 4}}).size() == 1);
  CHECK(ratio({{kNan, 2}, {1, 4}})[0].value == 0.5);
  CHECK(ratio({{kNan, 2}, {1, 4}})[0].docs == 1);
}

TEST_CASE("a figure over columns says how many draws it is over",
          "[aggregator][metrics][trap-37]") {
  // Every doc has a value, but not every counted draw; the last one is not counted.
  std::vector<Row> rows = scored_rows({1, 1, 1, 1, 1, 1});
  rows[5].outcome = 4;
  const float infinite = std::numeric_limits<float>::infinity();
  const std::vector<std::vector<float>> columns{{1, kNan, 2, infinite, 3, 3}, {1, 1, 1, 1, 1, 1}};
  const auto figures =
      figures_of(rows, 2, {"mean:rouge", "ratio:bleu/rouge", "mean:bleu", "accuracy"}, columns);
  CHECK(figures.counts.counted() == 5);
  CHECK(find(figures, "mean:rouge")->docs == 3);
  CHECK(find(figures, "mean:rouge")->draws == 3U);
  CHECK(find(figures, "ratio:bleu/rouge")->draws == 3U);
  CHECK(find(figures, "mean:bleu")->draws == 5U);
  CHECK_FALSE(find(figures, "accuracy")->draws);
}

TEST_CASE("a ratio that is the same in every doc has an error of 0", "[aggregator][metrics]") {
  const auto figures =
      figures_of(scored_rows({1, 1, 1}), 1, {"ratio:rouge/bleu"}, {{1, 3, 10}, {1, 3, 10}});
  CHECK(find(figures, "ratio:rouge/bleu")->standard_error == 0.0);
}
