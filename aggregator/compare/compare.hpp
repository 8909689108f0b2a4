#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/compare/contract.hpp"
#include "aggregator/compare/difference.hpp"
#include "aggregator/compare/doc_metric.hpp"
#include "aggregator/compare/pairing.hpp"
#include "aggregator/compare/published_run.hpp"
#include "aggregator/compare/verdict.hpp"

// Comparing run B with run A, in order: 1) pair their tasks; 2) check the contract of each pair; 3)
// read both, doc by doc, and join the docs; 4) difference over the docs that have a value in both;
// 5) judge. A pair that breaks its contract has no difference: the number would mean nothing.

namespace tally::aggregator {

/// Which values of the metric are better. Of a column nobody knows unless it is said.
enum class Better { more, less, unknown };

struct CompareOptions {
  Selection selection;
  DocMetric metric = DocMetric::parse("accuracy", "--metric");
  Better better = Better::more;
  double margin = 0.0;            ///< B may be worse by this much; in the metric's unit.
  std::set<std::string> allowed;  ///< Clauses on which tasks may differ.
  bool allow_incomplete = false;
  std::size_t max_flips = 10;  ///< Listed per pair of tasks.
};

/// One task of a pair, by itself.
struct SideFigures {
  std::uint64_t task = 0;  ///< Index in the plan.
  std::uint64_t items = 0;
  std::uint64_t counted = 0;
  std::uint64_t without_value = 0;        ///< Counted draws that lack the metric's column.
  std::optional<double> value;            ///< The metric of this run alone, as its outputs have it.
  double counting_errors_as_wrong = 0.0;  ///< Sum of scores over all items.
  [[nodiscard]] bool complete() const noexcept { return counted == items; }
};

/// Where the docs of a pair went. Each doc is in exactly one.
struct DocCounts {
  std::uint64_t both = 0;    ///< Has a value in both.
  std::uint64_t only_a = 0;  ///< Asked in both, has a value in A alone.
  std::uint64_t only_b = 0;
  std::uint64_t neither = 0;
  std::uint64_t outside_a = 0;  ///< Asked in A alone.
  std::uint64_t outside_b = 0;
  [[nodiscard]] bool complete() const noexcept { return only_a + only_b + neither == 0; }
};

struct TaskComparison {
  std::vector<Violation> violations;  ///< Of the contract, the allowed ones too.
  SideFigures a;
  SideFigures b;
  bool by_content = false;  ///< The files differ: docs are joined by content, not by row.
  bool joined = false;      ///< `docs` are known: the contract holds, the files can be read.
  DocCounts docs;
  std::optional<Difference> difference;  ///< Absent when docs are not joined.
  Judgement judgement;
  [[nodiscard]] bool comparable() const noexcept;
  [[nodiscard]] bool complete() const noexcept;
};

struct RunComparison {
  CompareOptions options;
  bool same_run = false;
  std::vector<TaskComparison> tasks;
  std::vector<Unpaired> unpaired;
  std::uint64_t not_selected_a = 0;
  std::uint64_t not_selected_b = 0;
  std::uint64_t conflicts = 0;     ///< Items of A and B whose counted records differ.
  std::vector<std::string> notes;  ///< What to know, whatever the verdict.
  /// The worst of all tasks'; inconclusive at best when some are unpaired or items conflict.
  Judgement judgement;
};

/// Throws Error(usage) for a selection that matches nothing and for an unknown clause, Error(io).
[[nodiscard]] RunComparison compare_runs(const PublishedRun& a, const PublishedRun& b,
                                         const CompareOptions& options);

/// Holds `count` of what `clause` names against a verdict of all tasks: inconclusive at best unless
/// the clause is among `allowed`.
void hold_against(std::uint64_t count, const char* clause, const std::set<std::string>& allowed,
                  Judgement& judgement);

/// Notes on the run called `name`: that it was limited, that items conflict.
void note_run(const PublishedRun& run, std::string_view name, std::vector<std::string>& notes);

/// Why nothing can be said of a pair; nullopt when something can. `step`: how much worse B may be,
/// which says nothing of a metric that should be a fraction and is none.
[[nodiscard]] std::optional<Judgement> obstacle(const TaskComparison& task,
                                                const CompareOptions& options, double step);

/// What floating point alone may change of the task's difference, or of a limit to it.
/// Precondition: the task has a difference.
[[nodiscard]] double noise_of(const TaskComparison& task, const CompareOptions& options,
                              double limit);

/// How much better B is: the difference, negated where less is better.
/// Precondition: the task has a difference.
[[nodiscard]] PairedDifference gain_of(const TaskComparison& task, const CompareOptions& options);

}  // namespace tally::aggregator
