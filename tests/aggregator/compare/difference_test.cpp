#include "aggregator/compare/difference.hpp"

#include <cmath>

#include "catch.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

// Expected values: numpy 1.24 and scipy 1.10 on these two columns.
const std::vector<double> kA{1, 0, 1, 0, 1, 1, 0, 0, 1, 0};
const std::vector<double> kB{1, 1, 1, 0, 1, 1, 0, 1, 1, 0};

Approx near(double value) { return Approx(value).epsilon(1e-12).margin(1e-12); }

/// Of an interval: the quantile of Student's t is good to 1e-9.
Approx bound(double value) { return Approx(value).epsilon(1e-8); }

DocPairs pairs_of(const std::vector<double>& a, const std::vector<double>& b) {
  DocPairs pairs;
  pairs.a = a;
  pairs.b = b;
  for (std::size_t i = 0; i < a.size(); ++i) pairs.rows.push_back(100 + i);
  return pairs;
}

DocValues values_of(std::vector<std::optional<double>> values, std::vector<std::uint64_t> rows) {
  DocValues side;
  side.values = std::move(values);
  side.rows = std::move(rows);
  return side;
}

}  // namespace

TEST_CASE("a difference is B - A with the error of pairs", "[aggregator][compare]") {
  const auto found = difference_of(pairs_of(kA, kB), {true, false, {}}, 10);
  REQUIRE(found);
  CHECK(found->paired.docs == 10);
  CHECK(found->paired.difference == near(0.2));
  CHECK(*found->paired.standard_error == near(0.13333333333333333));
  CHECK(found->paired.ci95->low == bound(-0.1016209550321322));
  CHECK(found->paired.ci95->high == bound(0.5016209550321322));
  CHECK(found->mean_a == near(0.5));
  CHECK(found->mean_b == near(0.7));
  CHECK(*found->unpaired_error == near(0.2260776661041756));
  CHECK(*found->correlation == near(0.6546536707079771));
  CHECK(*found->detectable == near(0.37354469574839577));
  CHECK(found->docs_needed == 35);
  REQUIRE(found->mcnemar);
  CHECK(found->mcnemar->only_a == 0);
  CHECK(found->mcnemar->only_b == 2);
  CHECK(found->mcnemar->p == near(0.5));
}

TEST_CASE("swapping the runs swaps the sign and nothing else", "[aggregator][compare]") {
  const auto found = difference_of(pairs_of(kB, kA), {true, false, {}}, 10);
  REQUIRE(found);
  CHECK(found->paired.difference == near(-0.2));
  CHECK(*found->paired.standard_error == near(0.13333333333333333));
  CHECK(found->down == 2);
  CHECK(found->up == 0);
  CHECK(found->mcnemar->only_a == 2);
}

TEST_CASE("docs in groups have the error of groups", "[aggregator][compare]") {
  const DocFacts facts{true, true, std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4}};
  const auto found = difference_of(pairs_of(kA, kB), facts, 10);
  REQUIRE(found);
  CHECK(found->groups == 5);
  CHECK(found->paired.difference == near(0.2));
  CHECK(*found->paired.standard_error == near(0.12247448713915891));
  CHECK(found->paired.ci95->low == bound(-0.1400436903291285));
  CHECK(found->paired.ci95->high == bound(0.5400436903291286));
  CHECK_FALSE(found->mcnemar);
  CHECK(found->no_mcnemar == "docs come in groups, the test needs independent ones");
  CHECK_FALSE(found->unpaired_error);
}

TEST_CASE("groups that are unknown, or one alone, leave no error", "[aggregator][compare]") {
  const auto unknown = difference_of(pairs_of(kA, kB), {true, true, {}}, 10);
  REQUIRE(unknown);
  CHECK(unknown->paired.difference == near(0.2));
  CHECK_FALSE(unknown->paired.standard_error);
  CHECK_FALSE(unknown->paired.ci95);
  CHECK_FALSE(unknown->detectable);
  const DocFacts one{true, true, std::vector<std::uint32_t>(10, 0)};
  const auto alone = difference_of(pairs_of(kA, kB), one, 10);
  REQUIRE(alone);
  CHECK_FALSE(alone->paired.standard_error);
  CHECK_FALSE(alone->paired.ci95);
}

TEST_CASE("groups that change alike while docs do not leave no error", "[aggregator][compare]") {
  const DocFacts facts{true, true, std::vector<std::uint32_t>{0, 0, 1, 1}};
  const auto chance = difference_of(pairs_of({1, 0, 0, 1}, {0, 1, 1, 0}), facts, 10);
  REQUIRE(chance);
  CHECK(chance->paired.difference == 0.0);
  CHECK_FALSE(chance->paired.standard_error);
  CHECK_FALSE(chance->paired.ci95);
  const auto same = difference_of(pairs_of({1, 0, 0, 1}, {1, 0, 0, 1}), facts, 10);
  REQUIRE(same);
  CHECK(same->paired.standard_error == 0.0);
  CHECK(same->paired.ci95->high == 0.0);
}

TEST_CASE("McNemar's test is for docs that are right or wrong", "[aggregator][compare]") {
  const auto draws = difference_of(pairs_of(kA, kB), {false, false, {}}, 10);
  CHECK_FALSE(draws->mcnemar);
  CHECK(draws->no_mcnemar == "docs are not right or wrong: more than one draw, or no fraction");
  const auto between = difference_of(pairs_of({1, 0.5}, {1, 1}), {true, false, {}}, 10);
  CHECK_FALSE(between->mcnemar);
  CHECK(between->no_mcnemar == "docs are not right or wrong: some scores lie between");
}

TEST_CASE("flips are listed falls first, the largest first", "[aggregator][compare]") {
  const DocPairs pairs = pairs_of({0, 1, 0.5, 1, 0.25, 1}, {1, 0, 0.25, 1, 0.5, 0});
  const auto found = difference_of(pairs, {false, false, {}}, 10);
  std::vector<std::uint64_t> rows;
  for (const Flip& flip : found->flips) rows.push_back(flip.row);
  CHECK(rows == std::vector<std::uint64_t>{101, 105, 102, 100, 104});
  CHECK(found->down == 3);
  CHECK(found->up == 2);
  CHECK(found->flips[2].a == 0.5);
  CHECK(found->flips[2].b == 0.25);
  const auto two = difference_of(pairs, {false, false, {}}, 2);
  CHECK(two->flips.size() == 2);
  CHECK(two->down == 3);
  CHECK(difference_of(pairs, {false, false, {}}, 0)->flips.empty());
}

TEST_CASE("differences that are all the same have no power to speak of", "[aggregator][compare]") {
  const auto same = difference_of(pairs_of({1, 0, 1}, {1, 0, 1}), {true, false, {}}, 10);
  CHECK(same->paired.standard_error == 0.0);
  CHECK_FALSE(same->detectable);
  CHECK_FALSE(same->docs_needed);
  const auto balanced = difference_of(pairs_of({1, 0, 1}, {0, 1, 1}), {true, false, {}}, 10);
  CHECK(balanced->detectable);
  CHECK_FALSE(balanced->docs_needed);  // of a difference of 0
}

TEST_CASE("the same scores in another order are no change", "[aggregator][compare][trap-42]") {
  const double one = (0.1 + 0.2 + 0.3) / 3;
  const double other = (0.3 + 0.2 + 0.1) / 3;
  REQUIRE(one != other);
  const auto found = difference_of(pairs_of({one, one, 1}, {other, other, 1}), {}, 10);
  CHECK(found->up + found->down == 0);
  CHECK(found->flips.empty());
  CHECK(found->paired.difference == 0.0);
  CHECK_FALSE(std::signbit(found->paired.difference));
  CHECK(found->paired.standard_error == 0.0);
  CHECK_FALSE(found->detectable);
  // The same for figures that are large.
  const auto large = difference_of(pairs_of({one * 1e9, 7}, {other * 1e9, 7}), {}, 10);
  CHECK(large->up + large->down == 0);
}

TEST_CASE("differences that are the same but for rounding are the same", "[aggregator][compare]") {
  // 0.1 in every doc, as floating point has it.
  const auto found = difference_of(pairs_of({0.1, 0.2, 0.6}, {0.2, 0.3, 0.7}), {}, 10);
  CHECK(found->paired.difference == near(0.1));
  CHECK(found->paired.standard_error == 0.0);
  CHECK(found->paired.ci95->low == found->paired.difference);
  CHECK(found->paired.ci95->high == found->paired.difference);
  CHECK_FALSE(found->detectable);
  CHECK_FALSE(found->docs_needed);
  // Rises and falls that cancel, but for -5.6e-17.
  const auto none = difference_of(pairs_of({0.1, 0.2, 0.0}, {0.0, 0.0, 0.3}), {}, 10);
  CHECK(none->paired.difference == 0.0);
  CHECK(none->detectable);
  CHECK_FALSE(none->docs_needed);
}

TEST_CASE("what is flat has no correlation", "[aggregator][compare]") {
  const double one = (0.1 + 0.2 + 0.3) / 3;
  const double other = (0.3 + 0.2 + 0.1) / 3;
  for (const std::vector<double>& flat : {std::vector{0.5, 0.5, 0.5}, {one, other, one}}) {
    CHECK_FALSE(difference_of(pairs_of(flat, {0, 1, 0}), {}, 10)->correlation);
    CHECK_FALSE(difference_of(pairs_of({0, 1, 0}, flat), {}, 10)->correlation);
  }
  CHECK(difference_of(pairs_of({0, 1, 0}, {1, 1, 0}), {}, 10)->correlation);
}

TEST_CASE("one doc has a difference without an error, none has nothing", "[aggregator][compare]") {
  const auto one = difference_of(pairs_of({1}, {0}), {true, false, {}}, 10);
  CHECK(one->paired.difference == -1.0);
  CHECK_FALSE(one->paired.standard_error);
  CHECK_FALSE(one->detectable);
  CHECK_FALSE(difference_of(pairs_of({}, {}), {true, false, {}}, 10));
}

TEST_CASE("docs are matched by row, and every one is accounted for",
          "[aggregator][compare][trap-30]") {
  const DocPairs found = match_docs(values_of({1, {}, 0, {}, 1}, {2, 3, 5, 7, 9}),
                                    values_of({0.5, 0, 1, {}, 1, 0}, {1, 3, 5, 7, 9, 11}));
  CHECK(found.rows == std::vector<std::uint64_t>{5, 9});
  CHECK(found.a == std::vector<double>{0, 1});
  CHECK(found.b == std::vector<double>{1, 1});
  CHECK(found.only_a == 0);
  CHECK(found.only_b == 1);     // row 3
  CHECK(found.neither == 1);    // row 7
  CHECK(found.outside_a == 1);  // row 2
  CHECK(found.outside_b == 2);  // rows 1 and 11
}

TEST_CASE("rows of a selection are rows of the file", "[aggregator][compare]") {
  PlannedDataset dataset;
  CHECK(selected_rows(dataset, 3) == std::vector<std::uint64_t>{0, 1, 2});
  dataset.spec.rows = "5-6,9,20-30";
  CHECK(selected_rows(dataset, 5) == std::vector<std::uint64_t>{5, 6, 9, 20, 21});
}
