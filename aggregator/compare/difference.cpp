#include "aggregator/compare/difference.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "aggregator/compare/verdict.hpp"
#include "aggregator/metrics/clusters.hpp"

namespace tally::aggregator {
namespace {

/// Below this, figures of about the size of `a` and `b` differ by rounding alone.
double noise_about(double a, double b) {
  return kNoise * std::max({1.0, std::abs(a), std::abs(b)});
}

/// The pairs, with docs that differ by rounding alone made equal: the same draws in another order
/// are no change.
DocPairs without_noise(DocPairs pairs) {
  for (std::size_t i = 0; i < pairs.rows.size(); ++i)
    if (std::abs(pairs.b[i] - pairs.a[i]) <= noise_about(pairs.a[i], pairs.b[i]))
      pairs.b[i] = pairs.a[i];
  return pairs;
}

/// Takes rounding off a difference whose docs all differ by the same, and off one of 0.
void snap(double size, PairedDifference& paired) {
  const double noise = noise_about(size, 0.0);
  if (std::abs(paired.difference) <= noise) paired.difference = 0.0;
  if (!paired.standard_error || *paired.standard_error > noise) return;
  paired.standard_error = 0.0;
  if (paired.ci95) paired.ci95 = Bounds{paired.difference, paired.difference};
}

Moments moments_of(const std::vector<double>& values) {
  Moments moments;
  for (const double value : values) moments.add(value);
  return moments;
}

/// Replaces error and interval by those over groups.
void use_groups(const DocPairs& pairs, const DocFacts& facts, Difference& difference) {
  PairedDifference& paired = difference.paired;
  const auto over_docs = std::exchange(paired.standard_error, std::nullopt);
  paired.ci95.reset();
  if (!facts.groups) return;
  std::vector<ClusterSum> clusters;
  for (std::size_t i = 0; i < pairs.rows.size(); ++i) {
    const std::uint32_t group = (*facts.groups)[i];
    if (group >= clusters.size()) clusters.resize(group + 1);
    clusters[group].sum += pairs.b[i] - pairs.a[i];
    clusters[group].size += 1.0;
  }
  difference.groups = filled_clusters(clusters);
  paired.standard_error =
      telling_error(clustered_standard_error(clusters, ClusterForm::cr1), over_docs,
                    std::max(std::abs(difference.mean_a), std::abs(difference.mean_b)));
  if (!paired.standard_error) return;
  const double reach = t_quantile_975(*difference.groups - 1) * *paired.standard_error;
  paired.ci95 = Bounds{paired.difference - reach, paired.difference + reach};
}

/// Unpaired error and correlation, from Var(b - a) = Var(a) + Var(b) - 2 rho sd(a) sd(b).
void add_spread(const DocPairs& pairs, Difference& difference) {
  const auto error_a = moments_of(pairs.a).standard_error();
  const auto error_b = moments_of(pairs.b).standard_error();
  const auto& error = difference.paired.standard_error;
  if (!error_a || !error_b || !error) return;
  difference.unpaired_error = std::hypot(*error_a, *error_b);
  const double noise = noise_about(difference.mean_a, difference.mean_b);
  if (*error_a <= noise || *error_b <= noise) return;
  const double rho =
      (*error_a * *error_a + *error_b * *error_b - *error * *error) / (2.0 * *error_a * *error_b);
  difference.correlation = std::clamp(rho, -1.0, 1.0);
}

bool is_right_or_wrong(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return value == 0.0 || value == 1.0; });
}

void add_mcnemar(const DocPairs& pairs, const DocFacts& facts, Difference& difference) {
  if (facts.grouped) {
    difference.no_mcnemar = "docs come in groups, the test needs independent ones";
  } else if (!facts.one_draw) {
    difference.no_mcnemar = "docs are not right or wrong: more than one draw, or no fraction";
  } else if (!is_right_or_wrong(pairs.a) || !is_right_or_wrong(pairs.b)) {
    difference.no_mcnemar = "docs are not right or wrong: some scores lie between";
  } else {
    difference.mcnemar = mcnemar(difference.down, difference.up);
  }
}

/// Differences that are all the same say nothing of how much others would vary.
void add_power(Difference& difference) {
  const auto& error = difference.paired.standard_error;
  if (!error || *error == 0.0) return;
  const double variance = *error * *error * static_cast<double>(difference.paired.docs);
  difference.detectable = detectable_effect(variance, difference.paired.docs);
  const double found = std::abs(difference.paired.difference);
  if (found == 0.0) return;
  difference.docs_needed = required_docs({.between_docs = variance}, found);
}

void add_flips(const DocPairs& pairs, std::size_t max_flips, Difference& difference) {
  for (std::size_t i = 0; i < pairs.rows.size(); ++i) {
    if (pairs.a[i] == pairs.b[i]) continue;
    ++(pairs.b[i] > pairs.a[i] ? difference.up : difference.down);
    difference.flips.push_back({pairs.rows[i], {}, pairs.a[i], pairs.b[i]});
  }
  const auto rank = [](const Flip& flip) {
    const double change = flip.b - flip.a;
    return std::tuple(change > 0.0, -std::abs(change), flip.row);
  };
  std::ranges::sort(difference.flips, {}, rank);
  if (difference.flips.size() > max_flips) difference.flips.resize(max_flips);
}

}  // namespace

std::optional<Difference> difference_of(const DocPairs& found, const DocFacts& facts,
                                        std::size_t max_flips) {
  if (found.rows.empty()) return std::nullopt;
  const DocPairs pairs = without_noise(found);
  Difference difference;
  difference.paired = paired_difference(pairs.b, pairs.a);
  difference.mean_a = *moments_of(pairs.a).mean();
  difference.mean_b = *moments_of(pairs.b).mean();
  if (facts.grouped) use_groups(pairs, facts, difference);
  snap(std::max(std::abs(difference.mean_a), std::abs(difference.mean_b)), difference.paired);
  if (!facts.grouped) add_spread(pairs, difference);
  add_flips(pairs, max_flips, difference);
  add_mcnemar(pairs, facts, difference);
  add_power(difference);
  return difference;
}

}  // namespace tally::aggregator
