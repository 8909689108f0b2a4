#include "aggregator/metrics/task_figures.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tally::aggregator {
namespace {

/// Outcome of a row; nothing when it has no record. A score that is no number is invalid, whatever
/// the record says: NaN must become neither a 0 nor a hole in a mean.
std::optional<Outcome> outcome_of(const RowBlock& rows, std::size_t row) {
  if (rows.outcome[row] >= kOutcomes) return std::nullopt;
  const auto outcome = static_cast<Outcome>(rows.outcome[row]);
  if (is_counted(outcome) && !std::isfinite(rows.score[row])) return Outcome::invalid;
  return outcome;
}

}  // namespace

std::uint64_t Counts::counted() const noexcept {
  return of(Outcome::scored) + of(Outcome::no_answer) + of(Outcome::timeout);
}

std::uint64_t Counts::errors() const noexcept {
  return of(Outcome::generation_error) + of(Outcome::infra_error) + of(Outcome::invalid);
}

TaskReducer::TaskReducer(const Task& task, std::string id,
                         const std::vector<std::string>& metric_names,
                         const MetricContext& context) {
  figures_.task = task;
  figures_.id = std::move(id);
  figures_.counts.expected = task.items();
  for (const std::string& name : metric_names) {
    const auto same = [&](const auto& metric) { return metric->name() == name; };
    if (std::ranges::none_of(metrics_, same)) metrics_.push_back(make_metric(name, context));
  }
}

bool TaskReducer::wants_answers() const noexcept {
  return std::ranges::any_of(metrics_, [](const auto& metric) { return metric->wants_answers(); });
}

std::optional<Outcome> TaskReducer::count_row(const RowBlock& rows, std::size_t row) {
  Counts& counts = figures_.counts;
  const auto outcome = outcome_of(rows, row);
  if (!outcome) {
    ++counts.missing;
    return std::nullopt;
  }
  ++counts.outcomes[static_cast<std::size_t>(*outcome)];
  if (rows.finish_reason[row] == static_cast<std::uint8_t>(FinishReason::length))
    ++counts.truncated;
  figures_.tokens_in += rows.tokens_in[row];
  figures_.tokens_out += rows.tokens_out[row];
  const double seconds = rows.seconds[row];
  figures_.seconds += seconds;
  figures_.longest_seconds = std::max(figures_.longest_seconds, seconds);
  return outcome;
}

void TaskReducer::add_row(const RowBlock& rows, std::size_t row, std::uint32_t repeat) {
  const auto outcome = count_row(rows, row);
  if (!outcome || !is_counted(*outcome)) {
    const Ordinal ordinal = rows.first + row;
    if (!uncounted_.empty() && uncounted_.back().end == ordinal)
      ++uncounted_.back().end;
    else
      uncounted_.push_back({ordinal, ordinal + 1});
    return;
  }
  scores_.push_back(rows.score[row]);
  repeats_.push_back(repeat);
  figures_.score_sum += rows.score[row];
  if (rows.answers.empty()) return;
  // What was not scored abstains from votes, whatever text it left.
  answers_.push_back(*outcome == Outcome::scored ? rows.answers[row] : std::string());
}

void TaskReducer::add_doc(const RowBlock& rows, std::size_t begin) {
  scores_.clear();
  repeats_.clear();
  answers_.clear();
  const std::uint32_t repeats = figures_.task.repeats;
  for (std::uint32_t repeat = 0; repeat < repeats; ++repeat) add_row(rows, begin + repeat, repeat);
  columns_.clear();
  for (const std::vector<float>& column : rows.metrics)
    columns_.push_back(std::span(column).subspan(begin, repeats));
  const DocSample doc{rows.first + begin, repeats, scores_, repeats_, answers_, columns_};
  for (const auto& metric : metrics_) metric->add(doc);
}

void TaskReducer::add(const RowBlock& rows) {
  assert(rows.size() % figures_.task.repeats == 0);
  for (std::size_t row = 0; row < rows.size(); row += figures_.task.repeats) add_doc(rows, row);
}

TaskFigures TaskReducer::finish() {
  for (const auto& metric : metrics_)
    if (auto estimate = metric->finish()) figures_.metrics.push_back(std::move(*estimate));
  figures_.uncounted = IntervalSet::of(std::move(uncounted_));
  return std::move(figures_);
}

}  // namespace tally::aggregator
