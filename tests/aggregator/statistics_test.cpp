#include "aggregator/metrics/statistics.hpp"

#include <cmath>

#include "catch.hpp"

using namespace tally::aggregator;

namespace {

Approx near(double value) { return Approx(value).epsilon(0).margin(1e-9); }

struct AtKCase {
  std::uint64_t n, c, k;
  double value;
};

}  // namespace

TEST_CASE("the mean of rights and wrongs is their exact ratio", "[aggregator][metrics]") {
  for (std::uint64_t right = 0; right <= 100; ++right) {
    Moments moments;
    for (std::uint64_t i = 0; i < 100; ++i) moments.add(i < right ? 1.0 : 0.0);
    CAPTURE(right);
    CHECK(moments.mean() == static_cast<double>(right) / 100.0);
  }
}

TEST_CASE("pass@k agrees with exact rationals", "[metrics]") {
  const auto a = GENERATE(values<AtKCase>({{10, 3, 2, 8.0 / 15},
                                           {10, 3, 7, 0.9916666666666667},
                                           {200, 13, 10, 0.4975511147},
                                           {200, 1, 100, 0.5},
                                           {100'000, 2, 50'000, 0.7500025000250002},
                                           {5, 0, 5, 0.0},
                                           {5, 5, 1, 1.0},
                                           {4, 2, 3, 1.0},
                                           {1, 1, 1, 1.0},
                                           {1, 0, 1, 0.0}}));
  CAPTURE(a.n, a.c, a.k);
  REQUIRE(pass_at_k(a.n, a.c, a.k));
  CHECK(*pass_at_k(a.n, a.c, a.k) == near(a.value));
}

TEST_CASE("pass@k of fewer draws than k is undefined, not certain", "[metrics][trap-3]") {
  CHECK_FALSE(pass_at_k(3, 0, 5));
  CHECK_FALSE(pass_at_k(3, 3, 5));
  CHECK_FALSE(pass_at_k(0, 0, 1));
  CHECK_FALSE(pass_at_k(3, 1, 0));
}

TEST_CASE("one correct draw of 200 in one doc gives pass@1 of 0.005", "[metrics][trap-4]") {
  CHECK(*pass_at_k(200, 1, 1) == near(0.005));
}

TEST_CASE("pass^k agrees with exact rationals", "[metrics]") {
  CHECK(*pass_hat_k(10, 9, 3) == near(0.7));
  CHECK(*pass_hat_k(8, 7, 8) == 0.0);
  CHECK(*pass_hat_k(8, 8, 8) == 1.0);
  CHECK_FALSE(pass_hat_k(3, 3, 4));
}

TEST_CASE("pass@1 and pass^1 are the share of correct draws", "[metrics]") {
  for (std::uint64_t n = 1; n < 30; ++n) {
    for (std::uint64_t c = 0; c <= n; ++c) {
      const double share = static_cast<double>(c) / static_cast<double>(n);
      CHECK(*pass_at_k(n, c, 1) == near(share));
      CHECK(*pass_hat_k(n, c, 1) == near(share));
    }
  }
}

TEST_CASE("the standard error of the mean divides by n - 1", "[metrics]") {
  Moments digits;
  for (int i = 0; i < 10; ++i) digits.add(i);
  CHECK(*digits.standard_error() == near(0.9574271078));
  Moments share;
  for (int i = 0; i < 100; ++i) share.add(i < 37 ? 1.0 : 0.0);
  CHECK(*share.standard_error() == near(0.0485236587));
  CHECK(*share.mean() == near(0.37));
  Moments ascending;
  for (int i = 0; i < 20; ++i) ascending.add(i);
  CHECK(*ascending.standard_error() == near(1.3228756555));
}

TEST_CASE("one doc has a mean and no standard error, none has neither", "[metrics]") {
  Moments moments;
  CHECK_FALSE(moments.mean());
  moments.add(0.5);
  CHECK(*moments.mean() == 0.5);
  CHECK_FALSE(moments.standard_error());
  CHECK_FALSE(moments.t_interval());
}

TEST_CASE("quantiles of Student's t agree with tables", "[metrics]") {
  CHECK(t_quantile_975(1) == near(12.7062047364));
  CHECK(t_quantile_975(2) == near(4.3026527297));
  CHECK(t_quantile_975(3) == near(3.1824463053));
  CHECK(t_quantile_975(9) == near(2.2621571628));
  CHECK(t_quantile_975(163) == near(1.9746246210));
  CHECK(t_quantile_975(1'000'000'000) == near(1.9599639869));
}

TEST_CASE("the ways to a quantile meet where they change over", "[metrics]") {
  // scipy.special.stdtrit, which is good to 1e-10.
  CHECK(t_quantile_975(29) == near(2.045229642132703));
  CHECK(t_quantile_975(30) == near(2.0422724563012373));
  CHECK(t_quantile_975(31) == near(2.0395134463964077));
  CHECK(t_quantile_975(499) == near(1.9647293909876649));
  CHECK(t_quantile_975(999) - t_quantile_975(1000) > 0.0);
  CHECK(t_quantile_975(999) - t_quantile_975(1000) < 3e-6);
}

TEST_CASE("Wilson's interval agrees with tables and stays within 0 and 1", "[metrics]") {
  const Bounds usual = wilson_interval(37, 100);
  CHECK(usual.low == near(0.2818236053));
  CHECK(usual.high == near(0.4677947042));
  const Bounds all = wilson_interval(164, 164);
  CHECK(all.high == 1.0);
  CHECK(all.low == near(164 / (164 + 3.8414588206941)));
  CHECK(wilson_interval(0, 5).low == 0.0);
}

TEST_CASE("the standard deviation divides by n and the variance by n - 1", "[metrics]") {
  Moments share;
  for (int i = 0; i < 100; ++i) share.add(i < 37 ? 1.0 : 0.0);
  CHECK(*share.deviation() ==
        near(0.4828043081829324));  // HELM's stddev; / 10 is its form of stderr
  Moments five;
  for (const double value : {0.25, 0.5, 1.0, 0.0, 0.75}) five.add(value);
  CHECK(*five.deviation() == near(0.3535533905932738));
  CHECK(*five.variance() == near(0.15625));
  Moments one;
  CHECK_FALSE(one.deviation());
  one.add(0.5);
  CHECK(*one.deviation() == 0.0);
  CHECK_FALSE(one.variance());
}
