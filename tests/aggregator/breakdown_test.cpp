#include "aggregator/metrics/breakdown.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"
#include "figures_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Three docs of algebra and two of botany, mixed.
const DocGroups kSubjects{"subject", {"algebra", "botany"}, {0, 1, 0, 0, 1}};

}  // namespace

TEST_CASE("groups have figures of their own and means over them", "[aggregator][metrics]") {
  const auto figures =
      figures_of(scored_rows({1, 0, 1, 0, 1}), 1, {"accuracy", "pass@1"}, {}, &kSubjects);
  REQUIRE(figures.breakdown);
  CHECK(figures.breakdown->by == "subject");
  REQUIRE(figures.breakdown->groups.size() == 2);
  const GroupFigures& algebra = figures.breakdown->groups[0];
  CHECK(algebra.name == "algebra");
  CHECK(algebra.docs == 3);
  CHECK(algebra.counts.expected == 3);
  CHECK(algebra.counts.counted() == 3);
  CHECK(algebra.score_sum == 2.0);
  CHECK(find(algebra.metrics, "accuracy")->value == Approx(2.0 / 3).epsilon(1e-12));
  CHECK(find(algebra.metrics, "accuracy")->standard_error.value() ==
        Approx(1.0 / 3).epsilon(1e-12));
  CHECK(find(figures.breakdown->groups[1].metrics, "accuracy")->value == 0.5);
  const MetricOverGroups& accuracy = figures.breakdown->metrics.at(0);
  CHECK(accuracy.name == "accuracy");
  CHECK(accuracy.micro.value().value == Approx(0.6).epsilon(1e-12));
  CHECK(accuracy.macro.value().value == Approx(7.0 / 12).epsilon(1e-12));
  CHECK(accuracy.why_not.empty());
  CHECK(find(figures, "accuracy")->value == Approx(accuracy.micro->value).epsilon(1e-12));
}

TEST_CASE("a group with nothing counted leaves no mean over the others",
          "[aggregator][metrics][trap-40]") {
  const auto figures = figures_of({{0, 1}, {4, kNan}, {0, 1}, {0, 0}, {-1, kNan}}, 1,
                                  {"accuracy", "pass@1"}, {}, &kSubjects);
  const Breakdown& breakdown = figures.breakdown.value();
  CHECK(breakdown.groups[1].counts.counted() == 0);
  CHECK(breakdown.groups[1].metrics.empty());
  for (const MetricOverGroups& metric : breakdown.metrics) {
    CHECK_FALSE(metric.micro);
    CHECK_FALSE(metric.macro);
    CHECK(metric.why_not == "botany: nothing counted");
  }
  CHECK(find(figures, "accuracy")->docs == 3);
}

TEST_CASE("a group where a figure is undefined leaves no mean of it",
          "[aggregator][metrics][trap-40]") {
  // One doc of algebra has one draw only.
  const DocGroups groups{"subject", {"algebra", "botany", "chess"}, {0, 1, 2}};
  const auto figures = figures_of({{0, 1}, {4, kNan}, {0, 1}, {0, 1}, {0, 0}, {4, kNan}}, 2,
                                  {"accuracy", "pass@2"}, {}, &groups);
  const Breakdown& breakdown = figures.breakdown.value();
  CHECK(breakdown.metrics[0].macro.value().value == Approx(2.0 / 3).epsilon(1e-12));
  CHECK_FALSE(breakdown.metrics[1].macro);
  CHECK(breakdown.metrics[1].why_not == "algebra: undefined (and 1 more groups)");
}

TEST_CASE("the micro mean of a ratio is the ratio of all docs", "[aggregator][metrics][trap-40]") {
  // Algebra divides by 3 in all, botany by 18.
  const auto figures =
      figures_of(scored_rows({1, 1, 1, 1, 1}), 1, {"ratio:rouge/bleu", "mean:bleu"}, {}, &kSubjects,
                 {{1, 0, 1, 0, 9}, {1, 9, 1, 1, 9}});
  const MetricOverGroups& ratio = figures.breakdown->metrics.at(0);
  CHECK(ratio.micro.value().value == Approx(11.0 / 21).epsilon(1e-12));
  CHECK(ratio.micro->value == Approx(find(figures, "ratio:rouge/bleu")->value).epsilon(1e-12));
  CHECK(ratio.macro.value().value == Approx((2.0 / 3 + 0.5) / 2).epsilon(1e-12));
  const double of_algebra =
      *find(figures.breakdown->groups[0].metrics, "ratio:rouge/bleu")->standard_error;
  const double of_botany =
      *find(figures.breakdown->groups[1].metrics, "ratio:rouge/bleu")->standard_error;
  CHECK(ratio.micro->standard_error.value() ==
        Approx(std::hypot(3 * of_algebra, 18 * of_botany) / 21).epsilon(1e-12));
  CHECK(figures.breakdown->metrics.at(1).micro.value().value == Approx(21.0 / 5).epsilon(1e-12));
}

TEST_CASE("what is no mean over docs has none over groups", "[aggregator][metrics][trap-40]") {
  const std::vector<std::string> names{"median", "stddev", "min", "max"};
  const auto figures = figures_of(scored_rows({1, 0, 1, 0, 1}), 1, names, {}, &kSubjects);
  for (const GroupFigures& group : figures.breakdown->groups) CHECK(group.metrics.size() == 4);
  for (const MetricOverGroups& metric : figures.breakdown->metrics) {
    CHECK_FALSE(metric.micro);
    CHECK_FALSE(metric.macro);
    CHECK(metric.why_not == "a mean of it is not the figure of all docs");
  }
}

TEST_CASE("docs of a group are independent within it", "[aggregator][metrics]") {
  StatisticsSpec statistics;
  statistics.cluster = ClusterBy::group;  // says how groups differ, not docs of one
  const auto figures =
      figures_of(scored_rows({1, 0, 1, 0, 1}), 1, {"accuracy"}, statistics, &kSubjects);
  CHECK(find(figures.breakdown->groups[0].metrics, "accuracy")->standard_error.value() ==
        Approx(1.0 / 3).epsilon(1e-12));
  CHECK(find(figures.breakdown->groups[1].metrics, "accuracy")->standard_error.value() ==
        Approx(0.5).epsilon(1e-12));
}

TEST_CASE("errors stay in each group's own denominator", "[aggregator][metrics][trap-37]") {
  const auto figures =
      figures_of({{0, 1}, {0, 0}, {4, kNan}, {0, 1}, {3, kNan}}, 1, {"accuracy"}, {}, &kSubjects);
  const GroupFigures& algebra = figures.breakdown->groups[0];
  CHECK(find(algebra.metrics, "accuracy")->value == 1.0);
  CHECK(algebra.counts.errors() == 1);
  CHECK(algebra.counts.expected == 3);
  CHECK(algebra.score_sum == 2.0);
  CHECK(figures.breakdown->groups[1].counts.errors() == 1);
}
