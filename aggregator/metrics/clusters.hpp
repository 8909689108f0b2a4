#pragma once
#include <cstdint>
#include <optional>
#include <span>

// Errors of a mean over docs that come in clusters, such as the questions about one text.
// Pure functions, thread-safe.

namespace tally::aggregator {

/// The docs of one cluster, reduced to what its error needs.
struct ClusterSum {
  double sum = 0.0;   ///< Of the docs' values, or of what the figure divides.
  double size = 0.0;  ///< Docs, or what the figure divides by.

  /// Nothing of it is counted.
  [[nodiscard]] bool empty() const noexcept { return sum == 0.0 && size == 0.0; }
};

/// Which small-sample form of the clustered error.
enum class ClusterForm {
  cr0,  ///< As in Miller 2024 (arXiv 2411.00640), appendix A.
  cr1   ///< The variance times G / (G - 1), as inspect has it: what Tally reports.
};

/// Standard error of sum(sum) / sum(size) over G independent clusters:
/// sqrt(sum_g (sum_g - size_g * mean)^2) / sum(size). Empty clusters don't count as one.
/// nullopt for G < 2: one cluster says nothing of its likes.
[[nodiscard]] std::optional<double> clustered_standard_error(std::span<const ClusterSum> clusters,
                                                             ClusterForm form);

/// The clustered error as far as it says something: nullopt where it is 0 though that over docs is
/// not. Clusters that agree by chance, as two of ten docs easily do, are no certainty.
/// `size`: about that of the figure, to tell rounding.
[[nodiscard]] std::optional<double> telling_error(std::optional<double> clustered,
                                                  std::optional<double> over_docs,
                                                  double size) noexcept;

/// G: the clusters that are not empty.
[[nodiscard]] std::uint64_t filled_clusters(std::span<const ClusterSum> clusters) noexcept;

}  // namespace tally::aggregator
