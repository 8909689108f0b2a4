#include "aggregator/metrics/draws.hpp"

#include <vector>

#include "aggregator/metrics/statistics.hpp"
#include "catch.hpp"

using namespace tally::aggregator;

namespace {

Approx near(double value) { return Approx(value).epsilon(1e-12).margin(1e-15); }

struct GPassCase {
  std::uint64_t n, c, k;
  double tau, value;
};

}  // namespace

TEST_CASE("G-Pass@k agrees with exact rationals", "[aggregator][metrics]") {
  const auto a = GENERATE(values<GPassCase>({{48, 30, 16, 0.5, 0.9423273990377173},
                                             {48, 30, 16, 0.75, 0.17188757573256916},
                                             {48, 30, 16, 1.0, 6.449331222143522e-05},
                                             {48, 30, 16, 0.0, 0.9999999999321463},
                                             {10, 4, 4, 0.5, 0.5476190476190477},
                                             {10, 4, 4, 0.75, 0.11904761904761904},
                                             {10, 0, 4, 0.5, 0.0},
                                             {10, 10, 4, 1.0, 1.0},
                                             {8, 7, 8, 1.0, 0.0},
                                             {8, 7, 8, 0.875, 1.0}}));
  CAPTURE(a.n, a.c, a.k, a.tau);
  CHECK(g_pass_at_k(a.n, a.c, a.k, a.tau).value() == near(a.value));
}

TEST_CASE("G-Pass@k spans pass@k and pass^k", "[aggregator][metrics]") {
  for (std::uint64_t n = 1; n < 12; ++n) {
    for (std::uint64_t c = 0; c <= n; ++c) {
      for (std::uint64_t k = 1; k <= n; ++k) {
        CAPTURE(n, c, k);
        CHECK(g_pass_at_k(n, c, k, 0.0).value() == near(pass_at_k(n, c, k).value()));
        CHECK(g_pass_at_k(n, c, k, 1.0).value() == near(pass_hat_k(n, c, k).value()));
      }
    }
  }
}

TEST_CASE("a share of k that rounding lifts over an integer is that integer",
          "[aggregator][metrics][trap-42]") {
  // 0.07 * 100 is 7.000000000000001 in doubles.
  CHECK(g_pass_at_k(120, 8, 100, 0.07).value() == near(0.6024777556566079));
  CHECK(g_pass_at_k(120, 8, 100, 0.08).value() == near(0.2214641552413618));
}

TEST_CASE("G-Pass@k keeps its digits where factorials would overflow", "[aggregator][metrics]") {
  // 12,000 of 20,000 are expected; the tails were summed with 50 digits.
  CHECK(g_pass_at_k(100'000, 60'000, 20'000, 0.605).value() ==
        Approx(0.054115880558791286).epsilon(1e-11));
  CHECK(g_pass_at_k(100'000, 60'000, 20'000, 0.62).value() ==
        Approx(5.2067598535936341e-11).epsilon(1e-11));
}

TEST_CASE("G-Pass@k of fewer draws than k is undefined, not 0", "[aggregator][metrics][trap-3]") {
  CHECK_FALSE(g_pass_at_k(3, 0, 5, 0.5));
  CHECK_FALSE(g_pass_at_k(3, 3, 5, 0.5));
  CHECK_FALSE(g_pass_at_k(3, 1, 0, 0.5));
  CHECK_FALSE(mg_pass_at_k(3, 0, 5));
  CHECK_FALSE(mg_pass_at_k(3, 1, 1));
  CHECK_FALSE(mg_pass_at_k(3, 1, 0));
}

TEST_CASE("mG-Pass@k agrees with exact rationals", "[aggregator][metrics]") {
  CHECK(mg_pass_at_k(48, 30, 16).value() == near(0.259244955171202));
  CHECK(mg_pass_at_k(10, 7, 4).value() == near(5.0 / 12));
  CHECK(mg_pass_at_k(10, 10, 5).value() == near(0.8));
  CHECK(mg_pass_at_k(10, 2, 5).value() == 0.0);
  CHECK(mg_pass_at_k(5, 4, 2).value() == near(0.6));
}

TEST_CASE("the median of an even number of values is between the two in the middle",
          "[aggregator][metrics]") {
  CHECK(median(std::vector<double>{3, 1, 2, 10}).value() == 2.5);
  CHECK(median(std::vector<double>{3, 1, 2}).value() == 2.0);
  CHECK(median(std::vector<double>{4}).value() == 4.0);
  CHECK_FALSE(median({}));
}
