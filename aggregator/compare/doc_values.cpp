#include "aggregator/compare/doc_values.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "aggregator/results_reader.hpp"
#include "core/base/interval_set.hpp"

namespace tally::aggregator {
namespace {

constexpr std::uint64_t kRowsAtOnce = 131'072;

/// Whether the row has a place in the denominator, as TaskReducer counts: a score that is no
/// number is invalid whatever the record says.
bool counts(const RowBlock& block, std::size_t row) {
  return block.outcome[row] < kOutcomes && is_counted(static_cast<Outcome>(block.outcome[row])) &&
         std::isfinite(block.score[row]);
}

/// Reduces the rows of one task doc by doc.
class Reader {
 public:
  Reader(const Task& task, const DocMetric& metric, DocValues& out)
      : task_(task), metric_(metric), out_(out) {}

  void add(const RowBlock& block) {
    for (std::size_t row = 0; row < block.size(); row += task_.repeats) add_doc(block, row);
  }

 private:
  void add_doc(const RowBlock& block, std::size_t begin) {
    scores_.clear();
    column_.clear();
    for (std::size_t row = begin; row < begin + task_.repeats; ++row) {
      if (!counts(block, row)) continue;
      scores_.push_back(block.score[row]);
      out_.score_sum += block.score[row];
      if (!block.metrics.empty()) column_.push_back(block.metrics.front()[row]);
    }
    out_.counted += scores_.size();
    if (!metric_.column().empty()) {
      const auto is_value = [](float value) { return std::isfinite(value); };
      out_.without_value +=
          scores_.size() - static_cast<std::size_t>(std::ranges::count_if(column_, is_value));
    }
    out_.values.push_back(metric_.of_doc(scores_, column_));
  }

  const Task& task_;
  const DocMetric& metric_;
  DocValues& out_;
  std::vector<double> scores_;  // scratch of add_doc
  std::vector<float> column_;
};

/// Puts doc `i` of A, which is doc `j` of B, where it belongs.
void meet(const DocValues& a, std::size_t i, const DocValues& b, std::size_t j, DocPairs& pairs) {
  const auto& of_a = a.values[i];
  const auto& of_b = b.values[j];
  if (of_a && of_b) {
    pairs.rows.push_back(a.rows[i]);
    pairs.rows_b.push_back(b.rows[j]);
    pairs.a.push_back(*of_a);
    pairs.b.push_back(*of_b);
  }
  if (of_a && !of_b) ++pairs.only_a;
  if (!of_a && of_b) ++pairs.only_b;
  if (!of_a && !of_b) ++pairs.neither;
}

constexpr std::size_t kSeveral = SIZE_MAX;

/// Where each content stands; kSeveral for one that stands more than once.
std::unordered_map<std::uint64_t, std::size_t> places_of(const std::vector<std::uint64_t>& hashes) {
  std::unordered_map<std::uint64_t, std::size_t> places;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto [place, fresh] = places.emplace(hashes[i], i);
    if (!fresh) place->second = kSeveral;
  }
  return places;
}

}  // namespace

std::vector<std::uint64_t> selected_rows(const PlannedDataset& dataset, std::uint64_t docs) {
  std::vector<std::uint64_t> rows;
  rows.reserve(docs);
  const IntervalSet set = dataset.spec.rows.empty() ? IntervalSet(Interval{0, docs})
                                                    : IntervalSet::parse(dataset.spec.rows);
  for (const Interval& part : set.intervals())
    for (std::uint64_t row = part.begin; row < part.end && rows.size() < docs; ++row)
      rows.push_back(row);
  return rows;
}

std::optional<double> DocValues::mean() const {
  Moments moments;
  for (const auto& value : values)
    if (value) moments.add(*value);
  return moments.mean();
}

double DocValues::counting_errors_as_wrong() const {
  return score_sum / static_cast<double>(items);
}

DocValues read_doc_values(const PublishedRun& run, const Task& task, const DocMetric& metric) {
  std::vector<std::string> columns;
  if (std::ranges::find(run.metric_columns, metric.column()) != run.metric_columns.end())
    columns.push_back(metric.column());
  DocValues out;
  out.items = task.items();
  out.rows = selected_rows(run.plan.datasets[task.dataset], task.docs);
  out.values.reserve(task.docs);
  ResultsReader results(run.rows(), columns);
  Reader reader(task, metric, out);
  RowBlock block;
  const std::uint64_t step = std::max<std::uint64_t>(1, kRowsAtOnce / task.repeats) * task.repeats;
  for (Ordinal at = task.first; at < task.interval().end; at += step) {
    results.read({at, std::min(at + step, task.interval().end)}, false, block);
    reader.add(block);
  }
  return out;
}

DocPairs match_docs(const DocValues& a, const DocValues& b) {
  DocPairs pairs;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.rows.size() || j < b.rows.size()) {
    if (j == b.rows.size() || (i < a.rows.size() && a.rows[i] < b.rows[j])) {
      ++pairs.outside_a;
      ++i;
    } else if (i == a.rows.size() || b.rows[j] < a.rows[i]) {
      ++pairs.outside_b;
      ++j;
    } else {
      meet(a, i++, b, j++, pairs);
    }
  }
  return pairs;
}

DocPairs match_docs(const DocValues& a, const std::vector<std::uint64_t>& hashes_a,
                    const DocValues& b, const std::vector<std::uint64_t>& hashes_b) {
  const auto in_a = places_of(hashes_a);
  const auto in_b = places_of(hashes_b);
  DocPairs pairs;
  std::uint64_t met = 0;
  for (std::size_t i = 0; i < hashes_a.size(); ++i) {
    const auto found = in_b.find(hashes_a[i]);
    if (in_a.at(hashes_a[i]) == kSeveral || found == in_b.end() || found->second == kSeveral)
      continue;
    meet(a, i, b, found->second, pairs);
    ++met;
  }
  pairs.outside_a = hashes_a.size() - met;
  pairs.outside_b = hashes_b.size() - met;
  return pairs;
}

}  // namespace tally::aggregator
