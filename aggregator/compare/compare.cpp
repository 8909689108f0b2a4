#include "aggregator/compare/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "aggregator/compare/doc_labels.hpp"

namespace tally::aggregator {
namespace {

/// The figure of the run alone, as its own outputs have it: where docs with too few draws are not
/// skipped, one of them leaves it undefined.
std::optional<double> own_value(const PublishedRun& run, const DocMetric& metric,
                                const DocValues& values) {
  const bool is_short = std::ranges::any_of(values.values, [](const auto& v) { return !v; });
  if (metric.draws() > 0 && is_short && run.plan.statistics.short_docs != ShortDocs::skip_doc)
    return std::nullopt;
  return values.mean();
}

SideFigures side_of(const PublishedRun& run, std::uint64_t task, const DocMetric& metric,
                    const DocValues& values) {
  return {task,
          values.items,
          values.counted,
          values.without_value,
          own_value(run, metric, values),
          values.counting_errors_as_wrong()};
}

std::string broken_clauses(const TaskComparison& task) {
  std::vector<std::string> names;
  for (const Violation& violation : task.violations)
    if (!violation.allowed) names.push_back(violation.clause);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Whether a row of one is the same doc as that row of the other.
bool have_same_rows(const PlannedDataset& a, const PlannedDataset& b) {
  return a.digest == b.digest && a.spec.format == b.spec.format && a.spec.header == b.spec.header;
}

/// Compares pair after pair.
class Comparer {
 public:
  Comparer(const PublishedRun& a, const PublishedRun& b, const CompareOptions& options)
      : a_(a), b_(b), options_(options), labels_a_(a.plan), labels_b_(b.plan) {}

  [[nodiscard]] TaskComparison compare(const TaskPair& pair) {
    const Task of_a = a_.plan.task(pair.a);
    const Task of_b = b_.plan.task(pair.b);
    TaskComparison task;
    task.violations =
        violations_of(contract_of(a_.plan, of_a), contract_of(b_.plan, of_b), options_.allowed);
    const DocValues values_a = read_doc_values(a_, of_a, options_.metric);
    const DocValues values_b = read_doc_values(b_, of_b, options_.metric);
    task.a = side_of(a_, pair.a, options_.metric, values_a);
    task.b = side_of(b_, pair.b, options_.metric, values_b);
    if (task.comparable()) {
      if (const auto pairs = join(values_a, of_a, values_b, of_b, task))
        add_difference(*pairs, of_a, of_b, task);
    }
    const auto hindered = obstacle(task, options_, options_.margin);
    task.judgement = hindered ? *hindered
                              : judge_interval(gain_of(task, options_), options_.margin,
                                               noise_of(task, options_, options_.margin));
    return task;
  }

  void add_problems(std::vector<std::string>& notes) const {
    for (const DocLabels* labels : {&labels_a_, &labels_b_})
      notes.insert(notes.end(), labels->problems().begin(), labels->problems().end());
  }

 private:
  /// By row where that is the same doc in both runs, else by content; nullopt when that is unknown.
  std::optional<DocPairs> join(const DocValues& values_a, const Task& of_a,
                               const DocValues& values_b, const Task& of_b, TaskComparison& task) {
    task.by_content =
        !have_same_rows(a_.plan.datasets[of_a.dataset], b_.plan.datasets[of_b.dataset]);
    if (!task.by_content) return match_docs(values_a, values_b);
    const auto hashes_a = labels_a_.hashes(of_a.dataset, values_a.rows);
    const auto hashes_b = labels_b_.hashes(of_b.dataset, values_b.rows);
    if (!hashes_a || !hashes_b) return std::nullopt;
    return match_docs(values_a, *hashes_a, values_b, *hashes_b);
  }

  /// Errors are over groups when one of the runs says so.
  DocFacts facts_of(const DocPairs& pairs, const Task& of_a, const Task& of_b) {
    DocFacts facts;
    facts.one_draw = of_a.repeats == 1 && of_b.repeats == 1 && options_.metric.is_fraction();
    const auto by_group = [](const Plan& plan, const Task& task) {
      return plan.statistics.cluster == ClusterBy::group &&
             !plan.datasets[task.dataset].spec.group_by.empty();
    };
    if (by_group(a_.plan, of_a)) {
      facts.grouped = true;
      facts.groups = labels_a_.groups(of_a.dataset, pairs.rows);
    } else if (by_group(b_.plan, of_b)) {
      facts.grouped = true;
      facts.groups = labels_b_.groups(of_b.dataset, pairs.rows_b);
    }
    return facts;
  }

  void add_difference(const DocPairs& pairs, const Task& of_a, const Task& of_b,
                      TaskComparison& task) {
    task.joined = true;
    task.docs = {pairs.rows.size(), pairs.only_a,    pairs.only_b,
                 pairs.neither,     pairs.outside_a, pairs.outside_b};
    task.difference = difference_of(pairs, facts_of(pairs, of_a, of_b), options_.max_flips);
    if (task.difference) labels_a_.name(of_a.dataset, task.difference->flips);
  }

  const PublishedRun& a_;
  const PublishedRun& b_;
  const CompareOptions& options_;
  DocLabels labels_a_;
  DocLabels labels_b_;
};

Judgement judge_all(const RunComparison& comparison) {
  std::uint64_t counts[3] = {0, 0, 0};
  Verdict verdict = Verdict::pass;
  for (const TaskComparison& task : comparison.tasks) {
    verdict = worst(verdict, task.judgement.verdict);
    ++counts[static_cast<std::size_t>(task.judgement.verdict)];
  }
  if (comparison.tasks.empty()) verdict = worst(verdict, Verdict::inconclusive);
  Judgement all{verdict,
                fmt::format("{} pass, {} fail, {} inconclusive", counts[0], counts[1], counts[2])};
  hold_against(comparison.unpaired.size(), kUnpairedClause, comparison.options.allowed, all);
  hold_against(comparison.conflicts, kConflictsClause, comparison.options.allowed, all);
  return all;
}

void add_notes(const PublishedRun& a, const PublishedRun& b, RunComparison& comparison) {
  if (comparison.same_run) comparison.notes.emplace_back("A and B are the same run");
  note_run(a, "A", comparison.notes);
  note_run(b, "B", comparison.notes);
  if (a.code_version != b.code_version)
    comparison.notes.push_back(fmt::format("aggregated by different versions: {} in A, {} in B",
                                           a.code_version, b.code_version));
  if (a.plan.code_version != b.plan.code_version)
    comparison.notes.push_back(fmt::format("planned by different versions: {} in A, {} in B",
                                           a.plan.code_version, b.plan.code_version));
}

}  // namespace

bool TaskComparison::comparable() const noexcept {
  return std::ranges::all_of(violations, &Violation::allowed);
}

bool TaskComparison::complete() const noexcept {
  return a.complete() && b.complete() && a.without_value + b.without_value == 0 && docs.complete();
}

void hold_against(std::uint64_t count, const char* clause, const std::set<std::string>& allowed,
                  Judgement& judgement) {
  if (count == 0) return;
  const bool is_allowed = allowed.contains(clause);
  judgement.reason += fmt::format(", {} {}{}", count, clause, is_allowed ? " (allowed)" : "");
  if (!is_allowed) judgement.verdict = worst(judgement.verdict, Verdict::inconclusive);
}

void note_run(const PublishedRun& run, std::string_view name, std::vector<std::string>& notes) {
  if (run.plan.limit > 0)
    notes.push_back(fmt::format("at most the first {} docs of each dataset were asked for in {}",
                                run.plan.limit, name));
  if (run.conflicts > 0)
    notes.push_back(fmt::format("{} items of {} were recorded twice, with different content",
                                run.conflicts, name));
}

std::optional<Judgement> obstacle(const TaskComparison& task, const CompareOptions& options,
                                  double step) {
  const auto inconclusive = [](std::string reason) {
    return Judgement{Verdict::inconclusive, std::move(reason)};
  };
  if (!task.comparable())
    return inconclusive(fmt::format("not comparable: {}", broken_clauses(task)));
  if (!task.joined)
    return inconclusive("the files differ and cannot be read: which docs are the same is unknown");
  if (!task.difference)
    return inconclusive(fmt::format("no doc has {} in both runs", options.metric.name()));
  const std::uint64_t without = task.a.without_value + task.b.without_value;
  if (task.a.complete() && task.b.complete() && without > 0 && !options.allow_incomplete)
    return inconclusive(fmt::format("{} counted draws of A and {} of B have no value for {}",
                                    task.a.without_value, task.b.without_value,
                                    options.metric.name()));
  if (!task.complete() && !options.allow_incomplete)
    return inconclusive("incomplete: docs or items are missing, and need not be like the others");
  const std::uint64_t outside = task.docs.outside_a + task.docs.outside_b;
  if (task.by_content && outside > 0 && !options.allowed.contains("rows") &&
      !options.allow_incomplete)
    return inconclusive(fmt::format(
        "the files share {} docs, and {} are in one of them alone",
        task.docs.both + task.docs.only_a + task.docs.only_b + task.docs.neither, outside));
  if (options.better == Better::unknown)
    return inconclusive(fmt::format("{} has no direction", options.metric.name()));
  if (step > 0.0 && options.metric.is_fraction() &&
      (is_no_fraction(task.difference->mean_a) || is_no_fraction(task.difference->mean_b)))
    return inconclusive(
        fmt::format("{} is no fraction: scores go beyond 0..1", options.metric.name()));
  return std::nullopt;
}

double noise_of(const TaskComparison& task, const CompareOptions& options, double limit) {
  if (options.metric.is_fraction()) return kNoise;
  return column_noise(std::max(
      {std::abs(limit), std::abs(task.difference->mean_a), std::abs(task.difference->mean_b)}));
}

PairedDifference gain_of(const TaskComparison& task, const CompareOptions& options) {
  const PairedDifference& difference = task.difference->paired;
  return options.better == Better::less ? negated(difference) : difference;
}

RunComparison compare_runs(const PublishedRun& a, const PublishedRun& b,
                           const CompareOptions& options) {
  std::set<std::string> clauses = clauses_of(a.plan);
  clauses.merge(clauses_of(b.plan));
  check_clauses(options.allowed, clauses);
  RunComparison comparison;
  comparison.options = options;
  Pairing pairing = pair_tasks(a.plan, b.plan, options.selection);
  comparison.unpaired = std::move(pairing.unpaired);
  comparison.not_selected_a = pairing.not_selected_a;
  comparison.not_selected_b = pairing.not_selected_b;
  std::error_code failed;
  comparison.same_run = std::filesystem::equivalent(a.root, b.root, failed);
  comparison.conflicts = a.conflicts + (comparison.same_run ? 0 : b.conflicts);
  add_notes(a, b, comparison);
  Comparer comparer(a, b, options);
  for (const TaskPair& pair : pairing.pairs) comparison.tasks.push_back(comparer.compare(pair));
  comparer.add_problems(comparison.notes);
  comparison.judgement = judge_all(comparison);
  return comparison;
}

}  // namespace tally::aggregator
