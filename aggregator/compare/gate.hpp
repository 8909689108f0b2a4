#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregator/compare/compare.hpp"

namespace tally::aggregator {

/// A figure and the least or the most it may be.
struct LimitRule {
  enum class Kind : std::uint8_t { minimum, maximum };
  Kind kind = Kind::minimum;
  std::string metric;
  double value = 0.0;
};

/// "accuracy=0.8", "pass@1=80%", "mean:nll=-1.5", as --min and --max take it. Throws Error(usage).
[[nodiscard]] LimitRule parse_limit(LimitRule::Kind kind, std::string_view text);

struct GateOptions {
  std::vector<LimitRule> limits;
  std::optional<double> max_drop;  ///< Against the baseline; in the unit of `compare.metric`.
  CompareOptions compare;          ///< A is the baseline, B the run at the gate.
};

/// One rule on one task.
struct Check {
  enum class Kind : std::uint8_t { minimum, maximum, drop };
  Kind kind = Kind::minimum;  ///< `drop`: against the baseline.
  std::uint64_t task = 0;     ///< Index in the plan of the run at the gate.
  std::string metric;
  double limit = 0.0;
  std::optional<double> value;  ///< The figure, or the drop: positive is worse.
  std::optional<Bounds> ci95;   ///< Of `value`.
  std::uint64_t items = 0;
  std::uint64_t counted = 0;
  std::uint64_t without_value = 0;                 ///< Counted draws that lack a metric column.
  std::optional<std::uint64_t> docs;               ///< Of a drop: with a value in both runs.
  std::optional<double> counting_errors_as_wrong;  ///< Of accuracy, where items are not counted.
  std::optional<std::size_t> comparison;           ///< Of a drop: index into its tasks.
  Judgement judgement;
};

struct GateReport {
  std::vector<Check> checks;                ///< Limits by task, then drops.
  std::optional<RunComparison> comparison;  ///< With a baseline. Its own judgement is not used.
  std::uint64_t conflicts = 0;              ///< Items whose counted records differ.
  std::vector<std::string> notes;           ///< What to know, whatever the verdict.
  Judgement judgement;                      ///< The worst of all.
};

/// Applies every rule to every selected task of `run`. A figure that is undefined, a task that is
/// incomplete, counted draws that a figure leaves out, a limit on a run that was planned with
/// --limit, a broken contract and a task without a counterpart are inconclusive, never a pass; so
/// is a drop that no task could be judged by, and all of it while items conflict. `baseline`: of
/// `max_drop`, else null. Throws Error(usage) for a selection that matches nothing and for an
/// unknown clause, Error(data | io).
[[nodiscard]] GateReport gate_run(const PublishedRun& run, const PublishedRun* baseline,
                                  const GateOptions& options);

}  // namespace tally::aggregator
