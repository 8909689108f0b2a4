#include "aggregator/metrics/draw_metrics.hpp"

#include <limits>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "figures_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Four docs of four draws: 3, 1, 0 and 4 correct.
std::vector<Row> four_docs() {
  return scored_rows({1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1});
}

/// Three docs of two draws; the second has one draw that failed.
std::vector<Row> short_doc() { return {{0, 1}, {0, 0}, {0, 1}, {4, kNan}, {0, 0}, {0, 0}}; }

StatisticsSpec short_docs(ShortDocs rule) {
  StatisticsSpec statistics;
  statistics.short_docs = rule;
  return statistics;
}

}  // namespace

TEST_CASE("figures of several draws are means over docs", "[aggregator][metrics]") {
  const auto figures = figures_of(four_docs(), 4,
                                  {"g-pass@2:0.5", "g-pass@2:1", "mg-pass@4", "any@4", "at-least@1",
                                   "at-least@3", "at-least@4"});
  // P(at least 1 of 2): 1, 1/2, 0, 1; of both: 1/2, 0, 0, 1.
  CHECK(find(figures, "g-pass@2:0.5")->value == Approx(2.5 / 4).epsilon(1e-12));
  CHECK(find(figures, "g-pass@2:1")->value == Approx(1.5 / 4).epsilon(1e-12));
  // 2/4 (P(X >= 3) + P(X >= 4)): 1/2, 0, 0, 1.
  CHECK(find(figures, "mg-pass@4")->value == Approx(1.5 / 4).epsilon(1e-12));
  CHECK(find(figures, "any@4")->value == 0.75);
  CHECK(find(figures, "at-least@1")->value == 0.75);
  CHECK(find(figures, "at-least@3")->value == 0.5);
  CHECK(find(figures, "at-least@4")->value == 0.25);
}

TEST_CASE("any@K is the best score of exactly K draws", "[aggregator][metrics]") {
  const auto rows = scored_rows({0.25, 0.5, 0.0, 0.125});
  CHECK(find(figures_of(rows, 2, {"any@2"}), "any@2")->value == Approx(0.3125));
  CHECK(find(figures_of(rows, 4, {"any@2"}), "any@2") == nullptr);  // which two?
  CHECK(find(figures_of(rows, 2, {"any@4"}), "any@4") == nullptr);
}

TEST_CASE("at-least@M looks at all planned draws", "[aggregator][metrics]") {
  CHECK(find(figures_of(short_doc(), 2, {"at-least@1"}), "at-least@1") == nullptr);
  CHECK(find(figures_of(four_docs(), 4, {"at-least@5"}), "at-least@5") == nullptr);
  const auto figures = figures_of(short_doc(), 2, {"at-least@1"}, short_docs(ShortDocs::skip_doc));
  CHECK(find(figures, "at-least@1")->value == 0.5);
  CHECK(find(figures, "at-least@1")->docs == 2);
}

TEST_CASE("docs with unequally many draws have figures of their own", "[aggregator][metrics]") {
  // One right of two draws, and one right of three.
  const std::vector<Row> two{{0, 1}, {0, 0}, {4, kNan}};
  const std::vector<Row> three{{0, 1}, {0, 0}, {0, 0}};
  for (const bool first : {true, false}) {
    std::vector<Row> rows = first ? two : three;
    const std::vector<Row>& others = first ? three : two;
    rows.insert(rows.end(), others.begin(), others.end());
    const auto figures = figures_of(rows, 3, {"pass@1", "pass@2"});
    CHECK(find(figures, "pass@1")->value == Approx((1.0 / 2 + 1.0 / 3) / 2).epsilon(1e-12));
    CHECK(find(figures, "pass@2")->value == Approx((1.0 + 2.0 / 3) / 2).epsilon(1e-12));
  }
}

TEST_CASE("a short doc leaves the figure out, or itself", "[aggregator][metrics][trap-3]") {
  const std::vector<std::string> names{"pass@2", "pass^2",       "avg@2", "maj@2",
                                       "any@2",  "g-pass@2:0.5", "pass@1"};
  const auto dropped = figures_of(short_doc(), 2, names, short_docs(ShortDocs::drop_k));
  REQUIRE(dropped.metrics.size() == 1);
  CHECK(dropped.metrics[0].name == "pass@1");
  CHECK(dropped.metrics[0].docs == 3);
  const auto skipped = figures_of(short_doc(), 2, names, short_docs(ShortDocs::skip_doc));
  CHECK(skipped.metrics.size() == names.size());
  CHECK(find(skipped, "pass@2")->value == 0.5);
  CHECK(find(skipped, "pass@2")->docs == 2);
  CHECK(find(skipped, "pass@1")->docs == 3);
}

TEST_CASE("a short doc is refused when statistics.short_docs is error", "[aggregator][metrics]") {
  CHECK_THROWS_WITH(
      figures_of(short_doc(), 2, {"accuracy", "pass@2"}, short_docs(ShortDocs::error)),
      "pass@2: found 1 counted draws of the doc at ordinals 102-103, expected at "
      "least 2 (statistics.short_docs: error)");
  CHECK_NOTHROW(figures_of(short_doc(), 2, {"pass@1"}, short_docs(ShortDocs::error)));
}

TEST_CASE("a task of fewer repeats than K has no figure, whatever the rule on short docs",
          "[aggregator][metrics]") {
  for (const ShortDocs rule : {ShortDocs::drop_k, ShortDocs::skip_doc, ShortDocs::error})
    CHECK(figures_of(four_docs(), 4, {"pass@5"}, short_docs(rule)).metrics.empty());
}

TEST_CASE("a scored draw without an answer leaves no vote to be counted", "[aggregator][metrics]") {
  const std::vector<std::string> names{"accuracy", "maj@1", "maj@3"};
  for (const char* const nothing : {"", " \n"}) {
    const std::vector<Row> silent{{0, 1, nothing}, {0, 1, nothing}, {0, 1, nothing}};
    const auto figures = figures_of(silent, 3, names);
    REQUIRE(figures.metrics.size() == 1);
    CHECK(figures.metrics[0].value == 1.0);
  }
  // One of them is enough, in whatever doc; who has no answer by outcome abstains as ever.
  const std::vector<Row> one{{0, 1}, {0, 1}, {0, 1}, {0, 0, "8"}, {0, 1, ""}, {1, 0, ""}};
  CHECK(find(figures_of(one, 3, names), "maj@3") == nullptr);
  const std::vector<Row> abstains{{0, 1},     {1, 0, ""}, {2, 0, ""},
                                  {1, 0, ""}, {1, 0, ""}, {1, 0, ""}};
  CHECK(find(figures_of(abstains, 3, names), "maj@3")->value == 0.5);
}
