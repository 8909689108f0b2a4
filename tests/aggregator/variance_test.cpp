#include "aggregator/metrics/variance.hpp"

#include <vector>

#include "catch.hpp"

using namespace tally::aggregator;

TEST_CASE("the variance of scores splits into between docs and within docs",
          "[aggregator][metrics]") {
  VarianceSplit split;
  for (const std::vector<double>& draws : std::vector<std::vector<double>>{
           {1, 0, 1, 1}, {0, 0, 0, 1}, {1, 1}, {1, 1, 1, 1}, {1}, {0, 0, 0, 0}, {1, 0, 0}})
    split.add(draws);  // the doc with one draw says nothing
  const auto parts = split.finish();
  REQUIRE(parts);
  CHECK(parts->within_docs == Approx(5.0 / 36).epsilon(1e-12));
  CHECK(parts->between_docs == Approx(0.1375).epsilon(1e-12));
}

TEST_CASE("draws alone make docs look different, which is no variance between them",
          "[aggregator][metrics]") {
  VarianceSplit split;
  split.add(std::vector<double>{1, 0});
  split.add(std::vector<double>{0, 1});
  CHECK(split.finish()->between_docs == 0.0);
  CHECK(split.finish()->within_docs == 0.5);
}

TEST_CASE("one doc has no variance between docs", "[aggregator][metrics]") {
  VarianceSplit split;
  split.add(std::vector<double>{1, 0});
  split.add(std::vector<double>{1});
  CHECK_FALSE(split.finish());
}
