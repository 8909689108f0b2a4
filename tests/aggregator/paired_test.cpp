#include "aggregator/metrics/paired.hpp"

#include <vector>

#include "catch.hpp"

using namespace tally::aggregator;

namespace {

Approx near(double value) { return Approx(value).epsilon(1e-12).margin(1e-12); }

struct McNemarCase {
  std::uint64_t only_a, only_b;
  double p;
};

}  // namespace

TEST_CASE("a paired difference uses that the docs are the same", "[aggregator][metrics]") {
  const std::vector<double> a{1, 1, 1, 0, 1, 1, 0, 1, 1, 0};
  const std::vector<double> b{1, 0, 1, 0, 1, 1, 0, 0, 1, 0};
  const PairedDifference found = paired_difference(a, b);
  CHECK(found.docs == 10);
  CHECK(found.difference == near(0.2));
  CHECK(*found.standard_error == near(0.13333333333333333));
  CHECK(found.ci95->low == near(0.2 - 2.2621571627982053 * 0.13333333333333333));
  CHECK(found.ci95->high == near(0.2 + 2.2621571627982053 * 0.13333333333333333));
}

TEST_CASE("a paired difference over one doc has no standard error", "[aggregator][metrics]") {
  const std::vector<double> a{0.75};
  const std::vector<double> b{0.5};
  const PairedDifference found = paired_difference(a, b);
  CHECK(found.difference == 0.25);
  CHECK_FALSE(found.standard_error);
  CHECK_FALSE(found.ci95);
}

TEST_CASE("McNemar's p is the exact two-sided binomial one", "[aggregator][metrics]") {
  // scipy.stats.binomtest(min, sum).pvalue; exact rationals where they are short.
  const auto expected = GENERATE(values<McNemarCase>({{0, 0, 1.0},
                                                      {3, 3, 1.0},
                                                      {1, 0, 1.0},
                                                      {5, 0, 0.0625},
                                                      {1, 9, 22.0 / 1024},
                                                      {15, 5, 0.04138946533203125},
                                                      {100, 150, 0.001883300935076157},
                                                      {0, 2000, 0.0}}));
  CAPTURE(expected.only_a, expected.only_b);
  const McNemar found = mcnemar(expected.only_a, expected.only_b);
  CHECK(found.p == near(expected.p));
  CHECK(mcnemar(expected.only_b, expected.only_a).p == found.p);
  CHECK(found.only_a == expected.only_a);
  CHECK(found.only_b == expected.only_b);
}

TEST_CASE("McNemar's p keeps its digits for a million docs that differ", "[aggregator][metrics]") {
  CHECK(mcnemar(499'000, 501'000).p == Approx(0.045608299865389515).epsilon(1e-9));
  CHECK(mcnemar(500'000, 500'000).p == 1.0);
}

TEST_CASE("normal quantiles agree with tables", "[aggregator][metrics]") {
  CHECK(normal_quantile(0.5) == near(0.0));
  CHECK(normal_quantile(0.975) == near(1.959963984540054));
  CHECK(normal_quantile(0.025) == near(-1.959963984540054));
  CHECK(normal_quantile(0.8) == near(0.8416212335729143));
  CHECK(normal_quantile(1e-10) == near(-6.361340902404056));
}

TEST_CASE("normal quantiles have the digits that every math library agrees on",
          "[aggregator][metrics]") {
  CHECK(normal_quantile(0.5) == 0.0);
  CHECK(normal_quantile(0.975) == 1.959963984540);
  CHECK(normal_quantile(0.025) == -1.959963984540);
  CHECK(normal_quantile(0.8) == 0.841621233573);
}

TEST_CASE("the docs a comparison needs fall with more draws per doc", "[aggregator][metrics]") {
  // ceil((1.959963984540054 + 0.8416212335729143)^2 * variance / delta^2)
  CHECK(required_docs({.between_docs = 1.0 / 9}, 0.03) == 969);
  CHECK(required_docs({.within_a = 1.0 / 6, .within_b = 1.0 / 6, .alpha = 0.05}, 0.1) == 262);
  CHECK(required_docs({.between_docs = 1.0 / 9, .within_a = 1.0 / 6, .within_b = 1.0 / 6}, 0.03) ==
        3876);
  CHECK(required_docs({.between_docs = 1.0 / 9,
                       .within_a = 1.0 / 6,
                       .within_b = 1.0 / 6,
                       .repeats_a = 10,
                       .repeats_b = 10},
                      0.03) == 1260);
  CHECK(required_docs({.between_docs = 1.0 / 9,
                       .within_a = 1.0 / 6,
                       .within_b = 1.0 / 6,
                       .repeats_a = 1,
                       .repeats_b = 10},
                      0.03) == 2568);
  CHECK(required_docs({.between_docs = 1.0 / 9,
                       .within_a = 1.0 / 6,
                       .within_b = 1.0 / 12,
                       .repeats_a = 5,
                       .repeats_b = 2},
                      0.03) == 1624);
  CHECK(required_docs({.between_docs = 0.25, .alpha = 0.01, .power = 0.9}, 0.05) == 1488);
}

TEST_CASE("docs that no number holds are no number of docs", "[aggregator][metrics]") {
  CHECK(required_docs({.between_docs = 0.25}, 1e-9).value() > 1'000'000'000'000'000'000U);
  CHECK_FALSE(required_docs({.between_docs = 0.25}, 1e-10));
  CHECK_FALSE(required_docs({.between_docs = 0.25}, 1e-200));
}

TEST_CASE("the detectable effect is what the needed docs detect", "[aggregator][metrics]") {
  CHECK(detectable_effect(1.0 / 9, 969) == near(0.0299999612703742));
  CHECK(detectable_effect(0.0, 10) == 0.0);
}
