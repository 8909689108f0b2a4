#include "aggregator/metrics/task_figures.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "aggregator/metrics/draws.hpp"

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

TaskReducer::Metrics TaskReducer::make_metrics(const std::vector<std::string>& names,
                                               const MetricContext& context) {
  Metrics metrics;
  for (const std::string& name : names) {
    const auto same = [&](const auto& metric) { return metric->name() == name; };
    if (std::ranges::none_of(metrics, same)) metrics.push_back(make_metric(name, context));
  }
  return metrics;
}

TaskReducer::TaskReducer(const Task& task, std::string id,
                         const std::vector<std::string>& metric_names, const MetricContext& context,
                         const DocGroups* groups)
    : groups_(groups) {
  figures_.task = task;
  figures_.id = std::move(id);
  MetricContext own = context;
  own.first = task.first;
  generates_ = context.generates;
  metrics_ = make_metrics(metric_names, own);
  if (groups != nullptr) add_groups(*groups, metric_names, own);
}

void TaskReducer::add_groups(const DocGroups& groups, const std::vector<std::string>& metric_names,
                             MetricContext context) {
  assert(groups.of_doc.size() == figures_.task.docs);
  figures_.breakdown = Breakdown{groups.by, {}, {}};
  // Within a group its docs are what is independent, and nobody is shown the interval.
  context.statistics.cluster = ClusterBy::doc;
  context.statistics.interval = IntervalKind::t;
  for (const std::string& name : groups.names) {
    figures_.breakdown->groups.push_back({name, 0, {}, 0.0, {}});
    group_metrics_.push_back(make_metrics(metric_names, context));
  }
}

bool TaskReducer::wants_answers() const noexcept {
  return std::ranges::any_of(metrics_, [](const auto& metric) { return metric->wants_answers(); });
}

/// Whether the record is of something that a model did. What was scored by log-likelihoods has no
/// text, and nor has an answer that is empty.
bool TaskReducer::was_generated(const RowBlock& rows, std::size_t row, Outcome outcome) const {
  const bool text = !rows.completion_lengths.empty() && rows.completion_lengths[row] > 0;
  const bool failed = outcome == Outcome::generation_error || outcome == Outcome::infra_error;
  return text || (generates_ && !failed);
}

void TaskReducer::count_usage(const RowBlock& rows, std::size_t row, Outcome outcome) {
  const auto reason = static_cast<FinishReason>(rows.finish_reason[row]);
  if (reason == FinishReason::length) ++counts_.truncated;
  // A failure says nothing of the others; why it ended is known: it failed.
  if (reason != FinishReason::unknown && reason != FinishReason::error)
    ++counts_.ends_known;
  else if (reason == FinishReason::unknown && outcome != Outcome::generation_error &&
           was_generated(rows, row, outcome))
    ++counts_.ends_silent;
  figures_.tokens_in += rows.tokens_in[row];
  figures_.tokens_out += rows.tokens_out[row];
  if (rows.tokens_in[row] != 0 || rows.tokens_out[row] != 0)
    usage_.add_known();
  else if (was_generated(rows, row, outcome))
    usage_.add_silent();
}

std::optional<Outcome> TaskReducer::count_row(const RowBlock& rows, std::size_t row) {
  const auto outcome = outcome_of(rows, row);
  if (!outcome) {
    ++counts_.missing;
    return std::nullopt;
  }
  ++counts_.outcomes[static_cast<std::size_t>(*outcome)];
  count_usage(rows, row, *outcome);
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
  score_sum_ += rows.score[row];
  if (rows.answers.empty()) return;
  // What was not scored abstains from votes, whatever text it left.
  answers_.push_back(*outcome == Outcome::scored ? rows.answers[row] : std::string());
}

void TaskReducer::take(const DocSample& doc) {
  figures_.counts.add(counts_);
  figures_.score_sum += score_sum_;
  for (const auto& metric : metrics_) metric->add(doc);
  if (doc.repeats > 1) variance_.add(doc.scores);
  if (groups_ == nullptr) return;
  GroupFigures& group = figures_.breakdown->groups[doc.group];
  ++group.docs;
  group.counts.add(counts_);
  group.score_sum += score_sum_;
  for (const auto& metric : group_metrics_[doc.group]) metric->add(doc);
}

void TaskReducer::add_doc(const RowBlock& rows, std::size_t begin) {
  const std::uint32_t repeats = figures_.task.repeats;
  counts_ = {};
  counts_.expected = repeats;
  usage_ = {};
  score_sum_ = 0.0;
  scores_.clear();
  repeats_.clear();
  answers_.clear();
  for (std::uint32_t repeat = 0; repeat < repeats; ++repeat) add_row(rows, begin + repeat, repeat);
  figures_.tokens_known = figures_.tokens_known && usage_.is_known();
  columns_.clear();
  for (const std::vector<float>& column : rows.metrics)
    columns_.push_back(std::span(column).subspan(begin, repeats));
  DocSample doc;
  doc.first_ordinal = rows.first + begin;
  doc.repeats = repeats;
  doc.scored = counts_.of(Outcome::scored);
  doc.correct = correct_draws(scores_);
  doc.records = repeats - counts_.missing;
  doc.truncated = counts_.truncated;
  doc.ends_known = counts_.ends_known;
  doc.ends_silent = counts_.ends_silent;
  if (groups_ != nullptr)
    doc.group = groups_->of_doc[(doc.first_ordinal - figures_.task.first) / repeats];
  doc.scores = scores_;
  doc.rows = repeats_;
  doc.answers = answers_;
  doc.columns = columns_;
  take(doc);
}

void TaskReducer::add(const RowBlock& rows) {
  assert(rows.size() % figures_.task.repeats == 0);
  for (std::size_t row = 0; row < rows.size(); row += figures_.task.repeats) add_doc(rows, row);
}

TaskFigures TaskReducer::finish() {
  std::vector<std::string> names;
  for (const auto& metric : metrics_) {
    names.push_back(metric->name());
    if (auto estimate = metric->finish()) figures_.metrics.push_back(std::move(*estimate));
  }
  figures_.variance = variance_.finish();
  figures_.uncounted = IntervalSet::of(std::move(uncounted_));
  for (std::size_t i = 0; i < group_metrics_.size(); ++i)
    for (const auto& metric : group_metrics_[i])
      if (auto estimate = metric->finish())
        figures_.breakdown->groups[i].metrics.push_back(std::move(*estimate));
  if (figures_.breakdown) add_means(*figures_.breakdown, names);
  return std::move(figures_);
}

}  // namespace tally::aggregator
