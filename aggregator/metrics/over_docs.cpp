#include "aggregator/metrics/over_docs.hpp"

#include <algorithm>
#include <cmath>

#include "aggregator/metrics/bootstrap.hpp"

namespace tally::aggregator {
namespace {

void add_to(std::vector<ClusterSum>& clusters, std::uint32_t cluster, double sum, double size) {
  if (cluster >= clusters.size()) clusters.resize(cluster + std::size_t{1});
  clusters[cluster].sum += sum;
  clusters[cluster].size += size;
}

BootstrapOptions bootstrap_options(const ErrorOptions& options) {
  return {options.seed, options.ordinal, options.statistics.replicates, options.threads};
}

/// Replaces an error over docs by that over clusters.
void use_clusters(const std::vector<ClusterSum>& clusters, Estimate& estimate) {
  estimate.standard_error = telling_error(clustered_standard_error(clusters, ClusterForm::cr1),
                                          estimate.standard_error, estimate.value);
}

/// Over whole clusters; nullopt for one, of which every resample is the same.
std::optional<Bounds> resampled_clusters(const std::vector<ClusterSum>& clusters,
                                         const ErrorOptions& options) {
  std::vector<double> sums;
  std::vector<double> sizes;
  for (const ClusterSum& each : clusters) {
    if (each.empty()) continue;
    sums.push_back(each.sum);
    sizes.push_back(each.size);
  }
  if (sums.size() < 2) return std::nullopt;
  return percentile_interval(bootstrap_ratios(sums, sizes, bootstrap_options(options)));
}

/// value +- t(0.975, independent - 1) * its error.
std::optional<Bounds> t_interval(const Estimate& estimate, std::uint64_t independent) {
  if (!estimate.standard_error) return std::nullopt;
  const double half = t_quantile_975(independent - 1) * *estimate.standard_error;
  return Bounds{estimate.value - half, estimate.value + half};
}

}  // namespace

void MeanOverDocs::keep(double value, std::uint32_t cluster) {
  if (by_group())
    add_to(clusters_, cluster, value, 1.0);
  else
    values_.push_back(value);
}

std::optional<Bounds> MeanOverDocs::resampled() const {
  if (by_group()) return resampled_clusters(clusters_, options_);
  if (values_.size() < 2) return std::nullopt;
  return percentile_interval(bootstrap_means(values_, bootstrap_options(options_)));
}

void MeanOverDocs::set_interval(Estimate& estimate) const {
  const IntervalKind asked = options_.statistics.interval;
  // Wilson's is for independent docs that came out one way or the other.
  const bool proportion = !by_group() && ones_ + zeros_ == moments_.count();
  if (asked == IntervalKind::bootstrap) {
    estimate.method = IntervalMethod::bootstrap;
    if (estimate.standard_error) estimate.ci95 = resampled();
  } else if (proportion && asked != IntervalKind::t) {
    estimate.method = IntervalMethod::wilson;
    estimate.ci95 = wilson_interval(static_cast<double>(ones_), static_cast<double>(estimate.docs));
  } else if (asked != IntervalKind::wilson) {
    estimate.ci95 = t_interval(estimate, by_group() ? filled_clusters(clusters_) : estimate.docs);
  }
}

std::optional<Estimate> MeanOverDocs::finish(const std::string& name) const {
  const auto mean = moments_.mean();
  if (!mean) return std::nullopt;
  Estimate estimate;
  estimate.name = name;
  estimate.value = *mean;
  estimate.docs = moments_.count();
  estimate.standard_error = moments_.standard_error();
  if (by_group()) use_clusters(clusters_, estimate);
  set_interval(estimate);
  return estimate;
}

void RatioOverDocs::Products::add(double a, double b, double count) noexcept {
  const double before_a = a - mean_a;
  const double before_b = b - mean_b;
  mean_a += before_a / count;
  mean_b += before_b / count;
  aa += before_a * (a - mean_a);
  ab += before_a * (b - mean_b);
  bb += before_b * (b - mean_b);
}

void RatioOverDocs::add(double numerator, double denominator, std::uint32_t cluster) {
  numerator_.add(numerator);
  denominator_.add(denominator);
  products_.add(numerator, denominator, static_cast<double>(numerator_.count()));
  if (by_group()) {
    add_to(clusters_, cluster, numerator, denominator);
  } else if (options_.statistics.interval == IntervalKind::bootstrap) {
    numerators_.push_back(numerator);
    denominators_.push_back(denominator);
  }
}

std::optional<double> RatioOverDocs::linearised(double ratio) const {
  if (numerator_.count() < 2) return std::nullopt;
  const auto docs = static_cast<double>(numerator_.count());
  // Of a - R b, whose mean is 0. Where a ratio is that of each doc, rounding alone is left of it.
  const double most = products_.aa + ratio * ratio * products_.bb;
  const double squares = most - 2 * ratio * products_.ab;
  if (squares <= 1e-13 * most) return 0.0;
  return std::sqrt(squares / (docs - 1) / docs) / std::abs(*denominator_.mean());
}

std::optional<Bounds> RatioOverDocs::resampled() const {
  if (by_group()) return resampled_clusters(clusters_, options_);
  if (numerators_.size() < 2) return std::nullopt;
  return percentile_interval(
      bootstrap_ratios(numerators_, denominators_, bootstrap_options(options_)));
}

std::optional<Estimate> RatioOverDocs::finish(const std::string& name) const {
  if (denominator_.mean().value_or(0.0) == 0.0) return std::nullopt;
  Estimate estimate;
  estimate.name = name;
  estimate.value = numerator_.sum() / denominator_.sum();
  estimate.denominator = denominator_.sum();
  estimate.docs = numerator_.count();
  estimate.standard_error = linearised(estimate.value);
  if (by_group()) use_clusters(clusters_, estimate);
  const IntervalKind asked = options_.statistics.interval;
  if (asked == IntervalKind::bootstrap) {
    estimate.method = IntervalMethod::bootstrap;
    if (estimate.standard_error) estimate.ci95 = resampled();
  } else if (asked != IntervalKind::wilson) {
    estimate.ci95 = t_interval(estimate, by_group() ? filled_clusters(clusters_) : estimate.docs);
  }
  return estimate;
}

}  // namespace tally::aggregator
