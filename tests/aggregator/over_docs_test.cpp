#include "aggregator/metrics/over_docs.hpp"

#include "catch.hpp"
#include "figures_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

StatisticsSpec by(IntervalKind interval, ClusterBy cluster = ClusterBy::doc) {
  StatisticsSpec statistics;
  statistics.interval = interval;
  statistics.cluster = cluster;
  return statistics;
}

Estimate accuracy(const std::vector<double>& scores, const StatisticsSpec& statistics,
                  const DocGroups* groups = nullptr) {
  const auto figures = figures_of(scored_rows(scores), 1, {"accuracy"}, statistics, groups);
  REQUIRE(figures.metrics.size() == 1);
  return figures.metrics[0];
}

std::vector<double> hundred() {
  std::vector<double> scores(100, 0.0);
  for (std::size_t i = 0; i < 37; ++i) scores[i] = 1.0;
  return scores;
}

/// 0..19 by the rest modulo 4.
struct Twenty {
  Twenty() {
    for (std::uint32_t i = 0; i < 20; ++i) {
      scores.push_back(i);
      groups.of_doc.push_back(i % 4);
    }
  }
  std::vector<double> scores;
  DocGroups groups{"text", {"a", "b", "c", "d"}, {}};
};

}  // namespace

TEST_CASE("the automatic interval is Wilson's where every doc has 0 or 1",
          "[aggregator][metrics]") {
  auto scores = hundred();
  const Estimate share = accuracy(scores, by(IntervalKind::automatic));
  CHECK(share.method == IntervalMethod::wilson);
  CHECK(share.ci95.value().low == Approx(0.2818236053).margin(1e-9));
  CHECK(share.ci95.value().high == Approx(0.4677947042).margin(1e-9));
  CHECK(share.standard_error.value() == Approx(0.0485236587).margin(1e-9));
  scores[0] = 0.5;
  CHECK(accuracy(scores, by(IntervalKind::automatic)).method == IntervalMethod::t);
  // All right: the standard error is 0, and the interval is no point.
  const Estimate all = accuracy(std::vector<double>(164, 1.0), by(IntervalKind::automatic));
  CHECK(all.standard_error == 0.0);
  CHECK(all.ci95.value().low == Approx(0.9771121).margin(1e-6));
}

TEST_CASE("an interval can be asked for by name", "[aggregator][metrics]") {
  const Estimate t = accuracy(hundred(), by(IntervalKind::t));
  CHECK(t.method == IntervalMethod::t);
  CHECK(t.ci95.value().low == Approx(0.37 - 1.9842169515 * 0.0485236587).margin(1e-9));
  const Estimate wilson = accuracy(hundred(), by(IntervalKind::wilson));
  CHECK(wilson.ci95.value().low == Approx(0.2818236053).margin(1e-9));
  CHECK_FALSE(accuracy({0.5, 1, 0}, by(IntervalKind::wilson)).ci95);
  const Estimate bootstrap = accuracy(hundred(), by(IntervalKind::bootstrap));
  CHECK(bootstrap.method == IntervalMethod::bootstrap);
  // Percentiles of a binomial: 28 and 47 of 100.
  CHECK(bootstrap.ci95.value().low == Approx(0.28).margin(0.011));
  CHECK(bootstrap.ci95.value().high == Approx(0.465).margin(0.016));
  CHECK_FALSE(accuracy({1}, by(IntervalKind::bootstrap)).ci95);
}

TEST_CASE("docs of a group are no independent evidence", "[aggregator][metrics]") {
  const Twenty twenty;
  const Estimate naive = accuracy(twenty.scores, by(IntervalKind::automatic));
  CHECK(naive.standard_error.value() == Approx(1.3228756555).margin(1e-9));
  const Estimate clustered =
      accuracy(twenty.scores, by(IntervalKind::automatic, ClusterBy::group), &twenty.groups);
  CHECK(clustered.standard_error.value() == Approx(0.6454972244).margin(1e-9));
  CHECK(clustered.ci95.value().low == Approx(9.5 - 3.1824463053 * 0.6454972244).margin(1e-8));
  CHECK(clustered.docs == 20);
  // Right and wrong, but not independent: no Wilson.
  std::vector<double> scores;
  for (const double score : twenty.scores) scores.push_back(score < 10 ? 0 : 1);
  CHECK(accuracy(scores, by(IntervalKind::automatic, ClusterBy::group), &twenty.groups).method ==
        IntervalMethod::t);
}

TEST_CASE("one group has a value and neither error nor interval", "[aggregator][metrics]") {
  const DocGroups one{"text", {"a"}, {0, 0, 0}};
  for (const IntervalKind kind :
       {IntervalKind::automatic, IntervalKind::t, IntervalKind::bootstrap}) {
    const Estimate estimate = accuracy({1, 0, 1}, by(kind, ClusterBy::group), &one);
    CHECK(estimate.value == Approx(2.0 / 3));
    CHECK_FALSE(estimate.standard_error);
    CHECK_FALSE(estimate.ci95);
  }
}

TEST_CASE("groups with equal means are no certainty", "[aggregator][metrics]") {
  const DocGroups groups{"text", {"a", "b"}, {0, 0, 1, 1}};
  for (const IntervalKind kind :
       {IntervalKind::automatic, IntervalKind::t, IntervalKind::bootstrap}) {
    const Estimate chance = accuracy({1, 0, 0, 1}, by(kind, ClusterBy::group), &groups);
    CHECK(chance.value == 0.5);
    CHECK_FALSE(chance.standard_error);
    CHECK_FALSE(chance.ci95);
    const Estimate flat = accuracy({1, 1, 1, 1}, by(kind, ClusterBy::group), &groups);
    CHECK(flat.standard_error == 0.0);
    CHECK(flat.ci95.value().low == 1.0);
  }
}

TEST_CASE("a ratio that is that of each doc has an error of 0, over groups, too",
          "[aggregator][metrics]") {
  for (const ClusterBy cluster : {ClusterBy::doc, ClusterBy::group}) {
    RatioOverDocs ratio({.statistics = by(IntervalKind::automatic, cluster)});
    for (std::uint32_t doc = 1; doc <= 541; ++doc) {
      const double below = doc * 7919 % 101 + 1;
      ratio.add(below * 9 / 10, below, doc % 2);
    }
    const auto estimate = ratio.finish("ratio:a/b");
    REQUIRE(estimate);
    CHECK(estimate->standard_error.value() == Approx(0.0).margin(1e-12));
    CHECK(estimate->ci95.has_value());
  }
}

TEST_CASE("the bootstrap draws whole groups", "[aggregator][metrics]") {
  // All docs of a group agree, so a resample's mean is a multiple of a quarter.
  const DocGroups groups{"text", {"a", "b", "c", "d"}, {0, 0, 1, 1, 2, 2, 3, 3}};
  const Estimate estimate =
      accuracy({1, 1, 0, 0, 1, 1, 0, 0}, by(IntervalKind::bootstrap, ClusterBy::group), &groups);
  CHECK(estimate.method == IntervalMethod::bootstrap);
  CHECK(estimate.ci95.value().low == 0.0);  // binomial of 4: 1 of 16 has none right
  CHECK(estimate.ci95.value().high == 1.0);
}

TEST_CASE("a group of which nothing is counted is no group to draw", "[aggregator][metrics]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const DocGroups groups{"text", {"a", "b"}, {1, 0, 1}};
  const std::vector<Row> rows{{0, 1}, {4, nan}, {0, 0}};
  const auto figures =
      figures_of(rows, 1, {"accuracy"}, by(IntervalKind::bootstrap, ClusterBy::group), &groups);
  CHECK(find(figures, "accuracy")->value == 0.5);
  CHECK_FALSE(find(figures, "accuracy")->ci95);  // one group: every resample is the same
}
