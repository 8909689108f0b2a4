#include "aggregator/metrics/group_means.hpp"

#include <cmath>
#include <vector>

#include "catch.hpp"

using namespace tally::aggregator;

namespace {

Approx near(double value) { return Approx(value).epsilon(1e-12); }

}  // namespace

TEST_CASE("a micro mean weighs docs and a macro mean weighs groups",
          "[aggregator][metrics][trap-40]") {
  const std::vector<GroupValue> groups{{0.5, 0.02, 100}, {0.6, 0.03, 200}, {0.9, 0.05, 50}};
  CHECK(micro_mean(groups).value == near(0.6142857142857143));
  CHECK(macro_mean(groups).value == near(2.0 / 3));
}

TEST_CASE("the micro error is pooled and the macro error is that of a mean of independent groups",
          "[aggregator][metrics]") {
  const std::vector<GroupValue> groups{{0.5, 0.02, 100}, {0.6, 0.03, 200}, {0.9, 0.05, 50}};
  CHECK(micro_mean(groups).standard_error.value() == near(0.019441565654355893));
  CHECK(macro_mean(groups).standard_error.value() == near(0.020548046676563254));
}

TEST_CASE("a group without an error leaves the mean without one", "[aggregator][metrics]") {
  const std::vector<GroupValue> unknown{{0.5, 0.02, 100}, {0.6, std::nullopt, 200}};
  CHECK_FALSE(micro_mean(unknown).standard_error);
  CHECK_FALSE(macro_mean(unknown).standard_error);
  // A group of one doc has none either, but it weighs nothing in the pooled variance.
  const std::vector<GroupValue> single{{0.5, 0.1, 3}, {1.0, std::nullopt, 1}};
  CHECK(micro_mean(single).standard_error.value() == near(std::sqrt(2 * 3 * 0.01 / 2 / 4)));
  CHECK_FALSE(macro_mean(single).standard_error);
  const std::vector<GroupValue> singles{{0.5, std::nullopt, 1}, {1.0, std::nullopt, 1}};
  CHECK_FALSE(micro_mean(singles).standard_error);
  CHECK(micro_mean(singles).value == 0.75);
}
