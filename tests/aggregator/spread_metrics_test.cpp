#include "aggregator/metrics/spread_metrics.hpp"

#include "catch.hpp"
#include "figures_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

TEST_CASE("median, stddev, min and max are of the docs' mean scores", "[aggregator][metrics]") {
  // Docs: 0.25, 0.5, 1, 0, 0.75.
  const auto figures = figures_of(scored_rows({0.5, 0, 0, 1, 1, 1, 0, 0, 1, 0.5}), 2,
                                  {"median", "stddev", "min", "max"});
  CHECK(find(figures, "median")->value == 0.5);
  CHECK(find(figures, "stddev")->value == Approx(0.3535533905932738).epsilon(1e-12));
  CHECK(find(figures, "min")->value == 0.0);
  CHECK(find(figures, "max")->value == 1.0);
  for (const Estimate& metric : figures.metrics) {
    CHECK_FALSE(metric.standard_error);
    CHECK_FALSE(metric.ci95);
    CHECK(metric.docs == 5);
  }
  CHECK(find(figures_of(scored_rows({0, 1}), 1, {"median"}), "median")->value == 0.5);
}
