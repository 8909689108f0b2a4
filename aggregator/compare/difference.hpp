#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aggregator/compare/doc_values.hpp"
#include "aggregator/metrics/paired.hpp"

namespace tally::aggregator {

/// A doc whose value changed.
struct Flip {
  std::uint64_t row = 0;  ///< Of the dataset's file.
  std::string id;         ///< Of the doc; empty while it is not known.
  double a = 0.0;
  double b = 0.0;
};

/// How B differs from A over the docs that have a value in both. Formulas: docs/metrics.md.
struct Difference {
  PairedDifference paired;  ///< B - A. Its error and interval are over groups where there are any.
  std::optional<std::uint64_t> groups;  ///< In which the docs come, when errors are over them.
  double mean_a = 0.0;
  double mean_b = 0.0;
  std::optional<double> unpaired_error;  ///< Of mean_b - mean_a, were the docs not the same.
  std::optional<double> correlation;     ///< Of the two values of a doc; absent when one is flat.
  std::optional<McNemar> mcnemar;        ///< Of docs that are right in one run alone.
  std::string no_mcnemar;                ///< Why it is absent.
  std::uint64_t up = 0;                  ///< Docs whose value is higher in B.
  std::uint64_t down = 0;                ///< Docs whose value is lower in B.
  std::optional<double> detectable;      ///< Smallest true difference seen with power 0.8.
  std::optional<std::uint64_t> docs_needed;  ///< To see the observed difference with power 0.8.
  std::vector<Flip> flips;  ///< Falls first, the largest first, then rises; of equal size by row.
};

/// What is known of the docs of a pair of tasks.
struct DocFacts {
  bool one_draw = false;  ///< Both draw once and the metric is a fraction: docs are right or wrong.
  bool grouped = false;   ///< Errors are over groups of docs.
  /// The group of each doc with a value in both, by number. Absent when it is not known: then a
  /// grouped difference has no error, because one over docs would be too small.
  std::optional<std::vector<std::uint32_t>> groups;
};

/// nullopt when no doc has a value in both. At most `max_flips` flips are listed.
[[nodiscard]] std::optional<Difference> difference_of(const DocPairs& pairs, const DocFacts& facts,
                                                      std::size_t max_flips);

}  // namespace tally::aggregator
