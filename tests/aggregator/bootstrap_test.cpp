#include "aggregator/metrics/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"

using namespace tally::aggregator;

namespace {

/// 50 values with mean 0.50875.
std::vector<double> fifty() {
  std::vector<double> values(50);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * i % 17) / 16;
  return values;
}

}  // namespace

TEST_CASE("there are exactly as many replicates as asked for", "[aggregator][metrics]") {
  for (const std::uint32_t replicates : {1U, 2U, 999U, 1500U})
    for (const unsigned threads : {1U, 4U})
      CHECK(bootstrap_means(fifty(), {.replicates = replicates, .threads = threads}).size() ==
            replicates);
}

TEST_CASE("replicates are the same bits at any number of threads", "[aggregator][metrics]") {
  const auto values = fifty();
  const std::vector<double> sizes(values.size(), 3.0);
  const auto alone = bootstrap_means(values, {.seed = 7, .ordinal = 100, .threads = 1});
  const auto pairs = bootstrap_ratios(values, sizes, {.seed = 7, .ordinal = 100, .threads = 1});
  for (const unsigned threads : {2U, 3U, 7U}) {
    CAPTURE(threads);
    CHECK(bootstrap_means(values, {.seed = 7, .ordinal = 100, .threads = threads}) == alone);
    CHECK(bootstrap_ratios(values, sizes, {.seed = 7, .ordinal = 100, .threads = threads}) ==
          pairs);
  }
}

TEST_CASE("a replicate depends on its number, the seed and the task alone",
          "[aggregator][metrics]") {
  const auto values = fifty();
  const auto many = bootstrap_means(values, {.seed = 7, .ordinal = 1, .replicates = 40});
  auto few = bootstrap_means(values, {.seed = 7, .ordinal = 1, .replicates = 10});
  CHECK(std::equal(few.begin(), few.end(), many.begin()));
  CHECK(bootstrap_means(values, {.seed = 8, .ordinal = 1, .replicates = 10}) != few);
  CHECK(bootstrap_means(values, {.seed = 7, .ordinal = 2, .replicates = 10}) != few);
  CHECK(bootstrap_means(values, {.seed = 7 + (1ULL << 32U), .ordinal = 1, .replicates = 10}) !=
        few);
  std::sort(few.begin(), few.end());
  CHECK(std::adjacent_find(few.begin(), few.end()) == few.end());
}

TEST_CASE("resampling draws every doc equally often", "[aggregator][metrics]") {
  // Of an odd number, so that both ways to take an index out of a word are used.
  for (std::size_t doc = 0; doc < 7; ++doc) {
    std::vector<double> values(7);
    values[doc] = 1.0;
    double sum = 0.0;
    for (const double mean : bootstrap_means(values, {.replicates = 20'000})) sum += mean;
    CAPTURE(doc);
    // Binomial with 140,000 draws: five standard errors.
    CHECK(sum / 20'000 == Approx(1.0 / 7).margin(5 * std::sqrt(6.0 / 49 / 140'000)));
  }
}

TEST_CASE("more docs than half a word tells apart are drawn too", "[aggregator][metrics]") {
  std::vector<double> values((1U << 20U) + 1);
  for (std::size_t i = values.size() / 2; i < values.size(); ++i) values[i] = 1.0;
  for (const double mean : bootstrap_means(values, {.replicates = 2}))
    CHECK(mean == Approx(0.5).margin(5 * 0.5 / 1024));
}

TEST_CASE("the percentile interval agrees with numpy within Monte Carlo error",
          "[aggregator][metrics]") {
  // 400,000 replicates of numpy.random: [0.41125, 0.60625], standard deviation 0.049736; over 4000
  // replicates the bounds scatter by 0.002.
  const auto replicates = bootstrap_means(fifty(), {.seed = 3, .replicates = 4000});
  Moments moments;
  for (const double each : replicates) moments.add(each);
  CHECK(*moments.mean() == Approx(0.50875).margin(5 * 0.0497 / std::sqrt(4000)));
  CHECK(*moments.deviation() == Approx(0.049736).margin(5 * 0.0497 / std::sqrt(8000)));
  const Bounds interval = percentile_interval(replicates);
  CHECK(interval.low == Approx(0.41125).margin(0.008));
  CHECK(interval.high == Approx(0.60625).margin(0.008));
}

TEST_CASE("whole clusters are drawn", "[aggregator][metrics]") {
  // Two clusters, 1 of 4 docs and 3 of 3: a resample has one of them twice, or both.
  const std::vector<double> sums{1, 3};
  const std::vector<double> sizes{4, 3};
  auto found = bootstrap_ratios(sums, sizes, {.replicates = 200});
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  CHECK(found == std::vector<double>{0.25, 4.0 / 7, 1.0});
}

TEST_CASE("percentiles are interpolated as numpy does and skip what is no number",
          "[aggregator][metrics]") {
  std::vector<double> values{std::numeric_limits<double>::quiet_NaN()};
  for (int i = 100; i >= 0; --i) values.push_back(i);
  CHECK(percentile_interval(values).low == 2.5);
  CHECK(percentile_interval(values).high == 97.5);
  CHECK(percentile_interval({4.0}).low == 4.0);
  CHECK(percentile_interval({4.0}).high == 4.0);
  CHECK(percentile_interval({0.0, 1.0}).low == Approx(0.025));
}
