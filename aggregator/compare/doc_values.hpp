#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "aggregator/compare/doc_metric.hpp"
#include "aggregator/compare/published_run.hpp"

namespace tally::aggregator {

/// One task of one run, doc by doc.
struct DocValues {
  std::vector<std::optional<double>> values;  ///< By doc; absent where it has no value.
  std::vector<std::uint64_t> rows;            ///< By doc: its row in the dataset's file, ascending.
  std::uint64_t items = 0;                    ///< Planned: docs * repeats.
  std::uint64_t counted = 0;                  ///< Of them: scored, no_answer or timeout.
  std::uint64_t without_value = 0;            ///< Of counted: no value of the metric's column.
  double score_sum = 0.0;                     ///< Over counted items.
  [[nodiscard]] bool complete() const noexcept { return counted == items; }
  /// Mean of `values`. nullopt when no doc has one.
  [[nodiscard]] std::optional<double> mean() const;
  /// Share of the score over all planned items.
  [[nodiscard]] double counting_errors_as_wrong() const;
};

/// The rows of a dataset's first `docs` docs in its file, ascending.
[[nodiscard]] std::vector<std::uint64_t> selected_rows(const PlannedDataset& dataset,
                                                       std::uint64_t docs);

/// Reads the rows of `task`. For a column that the results lack no doc has a value.
/// Throws Error(io).
[[nodiscard]] DocValues read_doc_values(const PublishedRun& run, const Task& task,
                                        const DocMetric& metric);

/// Docs of two tasks matched with each other.
struct DocPairs {
  std::vector<std::uint64_t> rows;    ///< Of docs with a value in both: in A's file, ascending.
  std::vector<std::uint64_t> rows_b;  ///< The same docs in B's file.
  std::vector<double> a;              ///< Their values, parallel to `rows`.
  std::vector<double> b;
  std::uint64_t only_a = 0;     ///< Asked in both, a value in A alone.
  std::uint64_t only_b = 0;     ///< Asked in both, a value in B alone.
  std::uint64_t neither = 0;    ///< Asked in both, a value in none.
  std::uint64_t outside_a = 0;  ///< Docs that only A asked.
  std::uint64_t outside_b = 0;  ///< Docs that only B asked.
};

/// By row of the dataset's file. Every doc of both is in exactly one place of the result.
[[nodiscard]] DocPairs match_docs(const DocValues& a, const DocValues& b);

/// By content, where the files are not the same: `hashes_a` and `hashes_b` are of the docs, in
/// order. A doc whose content stands more than once in either task is outside: which of them it
/// belongs to nobody can say.
[[nodiscard]] DocPairs match_docs(const DocValues& a, const std::vector<std::uint64_t>& hashes_a,
                                  const DocValues& b, const std::vector<std::uint64_t>& hashes_b);

}  // namespace tally::aggregator
