#include "aggregator/compare/gate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "aggregator/compare/fraction.hpp"
#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

const char* option_of(LimitRule::Kind kind) {
  return kind == LimitRule::Kind::minimum ? "--min" : "--max";
}

/// Whether the figure is over metric columns, in their unit.
bool is_of_columns(std::string_view metric) {
  return metric.starts_with("mean:") || metric.starts_with("ratio:");
}

double limit_noise(const LimitRule& rule) {
  return is_of_columns(rule.metric) ? column_noise(rule.value) : kNoise;
}

Check limit_check(const PublishedRun& run, const Task& task, const TaskRow& row,
                  const LimitRule& rule, const CompareOptions& options) {
  const bool least = rule.kind == LimitRule::Kind::minimum;
  Check check;
  check.kind = least ? Check::Kind::minimum : Check::Kind::maximum;
  check.task = task.index;
  check.metric = rule.metric;
  check.limit = rule.value;
  check.items = row.expected;
  check.counted = row.counted;
  if (const auto found = row.metrics.find(rule.metric); found != row.metrics.end())
    check.value = found->second;
  if (const auto found = row.ci95.find(rule.metric); found != row.ci95.end())
    check.ci95 = found->second;
  if (const auto found = row.metric_draws.find(rule.metric); found != row.metric_draws.end())
    check.without_value = row.counted - found->second;
  if (!row.complete() && rule.metric == "accuracy") {
    const DocMetric accuracy = DocMetric::parse("accuracy", option_of(rule.kind));
    check.counting_errors_as_wrong =
        read_doc_values(run, task, accuracy).counting_errors_as_wrong();
  }
  if (!row.complete() && !options.allow_incomplete)
    check.judgement = {Verdict::inconclusive, "incomplete: items are missing or failed"};
  else if (run.plan.limit > 0 && task.docs >= run.plan.limit &&  // with fewer it met the end
           !options.allowed.contains(kLimitClause))
    check.judgement = {Verdict::inconclusive,
                       fmt::format("limited: only the first {} docs of the dataset were asked for",
                                   run.plan.limit)};
  else if (!check.value)
    check.judgement = {Verdict::inconclusive, fmt::format("the run has no figure {}", rule.metric)};
  else if (check.without_value > 0 && !options.allow_incomplete)
    check.judgement = {Verdict::inconclusive, fmt::format("{} counted draws have no value for {}",
                                                          check.without_value, rule.metric)};
  else if (!is_of_columns(rule.metric) && is_no_fraction(*check.value))
    check.judgement = {Verdict::inconclusive, "the figure is no fraction: scores go beyond 0..1"};
  else
    check.judgement = least ? judge_minimum(check.value, rule.value, limit_noise(rule))
                            : judge_maximum(check.value, rule.value, limit_noise(rule));
  return check;
}

void add_limits(const PublishedRun& run, const GateOptions& options, GateReport& report) {
  if (options.limits.empty()) return;
  const Selection& selection = options.compare.selection;
  const std::vector<std::uint64_t> tasks =
      select_tasks(run.plan, "the run", selection, selection.model_b);
  read_score_index(run, [&](const Task& task, const TaskRow& row) {
    if (!std::ranges::binary_search(tasks, task.index)) return;
    for (const LimitRule& rule : options.limits)
      report.checks.push_back(limit_check(run, task, row, rule, options.compare));
  });
}

Check drop_check(const TaskComparison& task, std::size_t index, const GateOptions& options) {
  Check check;
  check.kind = Check::Kind::drop;
  check.task = task.b.task;
  check.metric = options.compare.metric.name();
  check.limit = *options.max_drop;
  check.items = task.b.items;
  check.counted = task.b.counted;
  check.without_value = task.b.without_value;
  check.comparison = index;
  if (task.difference) {
    const PairedDifference gain = gain_of(task, options.compare);
    const PairedDifference drop = negated(gain);
    check.value = drop.difference;
    check.docs = drop.docs;
    check.ci95 = drop.ci95;
    check.judgement =
        judge_drop(gain.difference, check.limit, noise_of(task, options.compare, check.limit));
  }
  if (auto hindered = obstacle(task, options.compare, check.limit))
    check.judgement = std::move(*hindered);
  return check;
}

void add_drops(const PublishedRun& run, const PublishedRun& baseline, const GateOptions& options,
               GateReport& report) {
  report.comparison = compare_runs(baseline, run, options.compare);
  const auto& tasks = report.comparison->tasks;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    report.checks.push_back(drop_check(tasks[i], i, options));
  report.conflicts = report.comparison->conflicts;
  report.notes = report.comparison->notes;
}

/// What a comparison says of both runs, of a run that is held against limits alone.
void add_own_facts(const PublishedRun& run, const GateOptions& options, GateReport& report) {
  check_clauses(options.compare.allowed, clauses_of(run.plan));
  report.conflicts = run.conflicts;
  note_run(run, "the run", report.notes);
}

Judgement judge_all(const GateReport& report, const std::set<std::string>& allowed) {
  std::uint64_t counts[3] = {0, 0, 0};
  Verdict verdict = report.checks.empty() ? Verdict::inconclusive : Verdict::pass;
  for (const Check& check : report.checks) {
    verdict = worst(verdict, check.judgement.verdict);
    ++counts[static_cast<std::size_t>(check.judgement.verdict)];
  }
  Judgement all{verdict,
                fmt::format("{} pass, {} fail, {} inconclusive", counts[0], counts[1], counts[2])};
  if (report.comparison)
    hold_against(report.comparison->unpaired.size(), kUnpairedClause, allowed, all);
  hold_against(report.conflicts, kConflictsClause, allowed, all);
  if (report.comparison && report.comparison->tasks.empty()) {
    all.reason += ", nothing to compare with the baseline";
    all.verdict = worst(all.verdict, Verdict::inconclusive);
  }
  return all;
}

}  // namespace

LimitRule parse_limit(LimitRule::Kind kind, std::string_view text) {
  const char* const option = option_of(kind);
  const std::size_t at = text.find('=');
  if (at == std::string_view::npos || at == 0)
    throw Error(Errc::usage, fmt::format("found \"{}\", expected METRIC=VALUE", text),
                {{}, option, 0});
  LimitRule rule{kind, std::string(text.substr(0, at)), 0.0};
  check_metric_name(rule.metric, option);
  const std::string_view value = text.substr(at + 1);
  rule.value = is_of_columns(rule.metric) ? parse_plain_number(value, option)
                                          : parse_fraction(value, option);
  return rule;
}

GateReport gate_run(const PublishedRun& run, const PublishedRun* baseline,
                    const GateOptions& options) {
  GateReport report;
  add_limits(run, options, report);
  if (baseline != nullptr && options.max_drop)
    add_drops(run, *baseline, options, report);
  else
    add_own_facts(run, options, report);
  report.judgement = judge_all(report, options.compare.allowed);
  return report;
}

}  // namespace tally::aggregator
