#include "aggregator/compare/doc_metric.hpp"

#include <limits>
#include <vector>

#include "catch.hpp"
#include "core/base/error.hpp"

using namespace tally;
using namespace tally::aggregator;

namespace {

std::optional<double> value_of(const char* metric, const std::vector<double>& scores,
                               const std::vector<float>& column = {}) {
  return DocMetric::parse(metric, "--metric").of_doc(scores, column);
}

}  // namespace

TEST_CASE("a doc has a value of its own in each figure", "[aggregator][compare]") {
  CHECK(value_of("accuracy", {1, 0, 0, 1}) == 0.5);
  CHECK(value_of("avg@2", {1, 0.5}) == 0.75);
  CHECK(*value_of("pass@2", {1, 0, 0, 0}) == Approx(0.5));  // 1 - C(3,2)/C(4,2)
  CHECK(*value_of("pass^2", {1, 1, 1, 0}) == Approx(0.5));  // C(3,2)/C(4,2)
  CHECK(value_of("mean:nll", {1, 1}, {1.0F, 3.0F}) == 2.0);
}

TEST_CASE("a doc with too few draws has no value, not a 0", "[aggregator][compare][trap-3]") {
  CHECK_FALSE(value_of("accuracy", {}));
  CHECK_FALSE(value_of("avg@2", {1}));
  CHECK_FALSE(value_of("pass@5", {0, 0, 0}));
  CHECK_FALSE(value_of("pass^2", {1}));
  CHECK_FALSE(value_of("mean:nll", {1}, {std::numeric_limits<float>::quiet_NaN()}));
}

TEST_CASE("a figure that no doc has by itself cannot be compared", "[aggregator][compare]") {
  CHECK_THROWS_WITH(DocMetric::parse("maj@4", "--metric"),
                    "--metric: found \"maj@4\", expected a figure that each doc has by itself: "
                    "accuracy, avg@K, pass@K, pass^K or mean:COLUMN");
  CHECK_THROWS_WITH(DocMetric::parse("acuracy", "--metric"),
                    TALLY_CONTAINS("--metric: found \"acuracy\", expected accuracy, avg@K"));
  try {
    check_metric_name("pass@0", "--min");
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::usage);
  }
}
