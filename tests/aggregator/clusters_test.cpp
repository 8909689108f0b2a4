#include "aggregator/metrics/clusters.hpp"

#include <vector>

#include "catch.hpp"

using namespace tally::aggregator;

namespace {

Approx near(double value) { return Approx(value).epsilon(1e-12); }

/// 0..19, clustered by the rest modulo 4.
std::vector<ClusterSum> twenty() {
  std::vector<ClusterSum> clusters(4);
  for (std::size_t i = 0; i < 20; ++i) {
    clusters[i % 4].sum += static_cast<double>(i);
    clusters[i % 4].size += 1.0;
  }
  return clusters;
}

}  // namespace

TEST_CASE("a clustered error sums residuals within clusters first", "[aggregator][metrics]") {
  CHECK(clustered_standard_error(twenty(), ClusterForm::cr0).value() == near(0.5590169943749475));
  CHECK(clustered_standard_error(twenty(), ClusterForm::cr1).value() == near(0.6454972243679028));
  // 1,0 | 1,1,0 | 1,0.5: clusters of different sizes
  const std::vector<ClusterSum> uneven{{1, 2}, {2, 3}, {1.5, 2}};
  CHECK(clustered_standard_error(uneven, ClusterForm::cr0).value() == near(0.052030811363191674));
  CHECK(clustered_standard_error(uneven, ClusterForm::cr1).value() == near(0.06372446937141221));
}

TEST_CASE("one cluster has no error", "[aggregator][metrics]") {
  CHECK_FALSE(clustered_standard_error({}, ClusterForm::cr1));
  const std::vector<ClusterSum> one{{3, 5}};
  CHECK_FALSE(clustered_standard_error(one, ClusterForm::cr1));
  // One that has no doc is no second one.
  const std::vector<ClusterSum> hollow{{3, 5}, {0, 0}};
  CHECK_FALSE(clustered_standard_error(hollow, ClusterForm::cr0));
  CHECK(filled_clusters(hollow) == 1);
}

TEST_CASE("clusters that agree by chance have no error, docs that agree have one of 0",
          "[aggregator][metrics]") {
  CHECK_FALSE(telling_error(0.0, 0.1, 0.5));
  CHECK_FALSE(telling_error(1e-17, 0.1, 0.5));  // thirds, say
  CHECK(telling_error(0.0, 0.0, 0.5) == 0.0);
  CHECK(telling_error(0.05, 0.1, 0.5) == 0.05);
  CHECK_FALSE(telling_error(std::nullopt, 0.1, 0.5));
  CHECK(telling_error(0.0, std::nullopt, 0.5) == 0.0);
  CHECK(telling_error(0.01, 0.01, 1e12) == 0.01);  // rounding, both of them
}

TEST_CASE("a cluster with a sum but no size counts as one", "[aggregator][metrics]") {
  const std::vector<ClusterSum> lopsided{{3, 5}, {2, 0}, {0, 0}};
  CHECK(filled_clusters(lopsided) == 2);
  // Residuals about a mean of 1: -2 and 2.
  CHECK(clustered_standard_error(lopsided, ClusterForm::cr1).value() == near(0.8));
}
