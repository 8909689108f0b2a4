#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "aggregator/compare/contract.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// Which tasks of two runs to look at. Empty fields select everything.
struct Selection {
  std::string task;     ///< Name of the entry.
  std::string dataset;  ///< Slug.
  std::string model_a;
  std::string model_b;
};

/// Indices of the tasks of `plan` that are selected, ascending. `run`: what to call it, "A".
/// Throws Error(usage) when there is none.
[[nodiscard]] std::vector<std::uint64_t> select_tasks(const Plan& plan, const char* run,
                                                      const Selection& selection,
                                                      const std::string& model);

/// Two tasks to be compared: indices in the plans of A and B.
struct TaskPair {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
};

enum class Side { a, b };

/// A selected task without a counterpart.
struct Unpaired {
  Side side = Side::a;
  std::uint64_t task = 0;
  std::string reason;
};

struct Pairing {
  std::vector<TaskPair> pairs;     ///< By task of A.
  std::vector<Unpaired> unpaired;  ///< Of A first, by task.
  std::uint64_t not_selected_a = 0;
  std::uint64_t not_selected_b = 0;
};

/// Pairs the tasks of A and B that have the same dataset slug and task name: first those that
/// agree in every clause of the contract, then those that agree in split, repeats, sampling and
/// params, then whatever is left alone on both sides, so that a clause that changed is reported
/// and not a missing task. Among tasks that agree, equal model names belong together; tasks of
/// different models pair only when each run has one model there and one task is left on each
/// side. What is ambiguous stays unpaired, with the reason.
/// Throws Error(usage) when a selection matches no task of a run.
[[nodiscard]] Pairing pair_tasks(const Plan& a, const Plan& b, const Selection& selection);

}  // namespace tally::aggregator
