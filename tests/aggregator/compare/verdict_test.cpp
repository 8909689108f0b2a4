#include "aggregator/compare/verdict.hpp"

#include <cmath>
#include <limits>

#include "catch.hpp"

using namespace tally::aggregator;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct IntervalCase {
  double low, high, margin;
  Verdict verdict;
  const char* reason;
};

struct DropCase {
  double gain, limit;
  Verdict verdict;
  const char* reason;
};

}  // namespace

TEST_CASE("a failure beats what cannot be said, and that beats a pass", "[aggregator][compare]") {
  CHECK(worst(Verdict::pass, Verdict::pass) == Verdict::pass);
  CHECK(worst(Verdict::pass, Verdict::inconclusive) == Verdict::inconclusive);
  CHECK(worst(Verdict::inconclusive, Verdict::fail) == Verdict::fail);
  CHECK(worst(Verdict::fail, Verdict::inconclusive) == Verdict::fail);
  CHECK(worst(Verdict::pass, Verdict::fail) == Verdict::fail);
}

TEST_CASE("verdicts are the exit codes that are documented", "[aggregator][compare]") {
  CHECK(static_cast<int>(Verdict::pass) == 0);
  CHECK(static_cast<int>(Verdict::fail) == 1);
  CHECK(static_cast<int>(Verdict::inconclusive) == 2);
  CHECK(verdict_name(Verdict::pass) == "pass");
  CHECK(verdict_name(Verdict::fail) == "fail");
  CHECK(verdict_name(Verdict::inconclusive) == "inconclusive");
}

TEST_CASE("B is judged by where the interval lies", "[aggregator][compare]") {
  const auto each = GENERATE(values<IntervalCase>(
      {{0.01, 0.05, 0, Verdict::pass, "B is not worse: the interval is at or above 0"},
       {0.0, 0.0, 0, Verdict::pass, "B is not worse: the interval is at or above 0"},
       {-0.01, 0.05, 0, Verdict::inconclusive, "the interval contains 0: too few docs to say"},
       {-0.05, 0.0, 0, Verdict::inconclusive, "the interval contains 0: too few docs to say"},
       {-0.05, -0.01, 0, Verdict::fail, "B is worse: the interval is below 0"},
       {-0.01, 0.05, 0.02, Verdict::pass, "B is not worse: the interval is at or above -0.02"},
       {-0.05, -0.01, 0.02, Verdict::inconclusive,
        "the interval contains -0.02: too few docs to say"},
       {-0.05, -0.03, 0.02, Verdict::fail, "B is worse: the interval is below -0.02"}}));
  CAPTURE(each.low, each.high, each.margin);
  const PairedDifference gain{(each.low + each.high) / 2, 0.1, Bounds{each.low, each.high}, 9};
  const Judgement found = judge_interval(gain, each.margin);
  CHECK(found.verdict == each.verdict);
  CHECK(found.reason == each.reason);
}

TEST_CASE("without an interval nothing passes", "[aggregator][compare]") {
  const Judgement one = judge_interval({0.5, {}, {}, 1}, 0.0);
  CHECK(one.verdict == Verdict::inconclusive);
  CHECK(one.reason == "no interval over 1 doc");
  const Judgement none = judge_interval({0.5, 0.1, Bounds{kNaN, kNaN}, 7}, 0.0);
  CHECK(none.verdict == Verdict::inconclusive);
  CHECK(none.reason == "no interval over 7 docs");
}

TEST_CASE("the noise of floats decides no verdict", "[aggregator][compare][trap-42]") {
  // 0.3 - 0.4 is a little less than -0.1.
  const double gain = 0.3 - 0.4;
  REQUIRE(gain < -0.1);
  CHECK(judge_drop(gain, 0.1).verdict == Verdict::pass);
  CHECK(judge_interval({gain, 0.0, Bounds{gain, gain}, 9}, 0.1).verdict == Verdict::pass);
  // On the fail side of the margin, too: noise never makes a fail.
  CHECK(judge_interval({gain, 0.1, Bounds{-0.3, gain}, 9}, 0.1).verdict == Verdict::inconclusive);
  CHECK(judge_interval({-0.2, 0.1, Bounds{-0.3, -0.1001}, 9}, 0.1).verdict == Verdict::fail);
  CHECK(judge_minimum(0.8 - 1e-15, 0.8).verdict == Verdict::pass);
  CHECK(judge_minimum(0.8 - 1e-9, 0.8).verdict == Verdict::fail);
}

TEST_CASE("a maximum forgives noise of floating point and nothing undefined",
          "[aggregator][compare]") {
  CHECK(judge_maximum(0.01 + 1e-15, 0.01).verdict == Verdict::pass);
  CHECK(judge_maximum(0.01 + 1e-9, 0.01).verdict == Verdict::fail);
  CHECK(judge_maximum(std::nullopt, 1.0).verdict == Verdict::inconclusive);
  CHECK(judge_maximum(kNaN, 1.0).verdict == Verdict::inconclusive);
  CHECK(judge_maximum(0.02, 0.01).reason == "0.02 exceeds 0.01");
}

TEST_CASE("a minimum that is undefined or NaN is never a pass", "[aggregator][compare]") {
  CHECK(judge_minimum(std::nullopt, 0.0).verdict == Verdict::inconclusive);
  CHECK(judge_minimum(kNaN, 0.0).verdict == Verdict::inconclusive);
  CHECK(judge_minimum(kNaN, 0.0).reason == "the figure is undefined");
  CHECK(judge_minimum(0.85, 0.8).reason == "0.85 reaches 0.8");
  CHECK(judge_minimum(0.75, 0.8).reason == "0.75 is below 0.8");
}

TEST_CASE("a drop is judged by its point estimate", "[aggregator][compare]") {
  const auto each = GENERATE(
      values<DropCase>({{0.02, 0.01, Verdict::pass, "no drop"},
                        {0.0, 0.0, Verdict::pass, "no drop"},
                        {-0.01, 0.01, Verdict::pass, "a drop of 0.01 is within 0.01"},
                        {-0.02, 0.01, Verdict::fail, "a drop of 0.02 exceeds 0.01"},
                        {-0.001, 0.0, Verdict::fail, "a drop of 0.001 exceeds 0"},
                        {kNaN, 0.5, Verdict::inconclusive, "the difference is undefined"}}));
  CAPTURE(each.gain, each.limit);
  const Judgement found = judge_drop(each.gain, each.limit);
  CHECK(found.verdict == each.verdict);
  CHECK(found.reason == each.reason);
}

TEST_CASE("a difference the other way round swaps its bounds", "[aggregator][compare]") {
  const PairedDifference found = negated({0.1, 0.05, Bounds{-0.1, 0.3}, 8});
  CHECK(found.difference == -0.1);
  CHECK(found.ci95->low == -0.3);
  CHECK(found.ci95->high == 0.1);
  CHECK(found.standard_error == 0.05);
}

TEST_CASE("no difference is 0 in either direction, not -0", "[aggregator][compare]") {
  const PairedDifference found = negated({0.0, 0.0, Bounds{0.0, 0.0}, 8});
  CHECK_FALSE(std::signbit(found.difference));
  CHECK_FALSE(std::signbit(found.ci95->low));
  CHECK_FALSE(std::signbit(found.ci95->high));
}
