#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/plan/plan.hpp"

// Two figures can be compared when they answer the same question: the contract. Its clauses are
// all that a task's identity holds (docs/formats.md#task-id) but the model, which is what a
// comparison is about, and what the identity leaves out although it decides which docs were asked
// and how they read. Taken from the identity itself, so that whatever is added to it is a clause
// too, and cannot be forgotten here.

namespace tally::aggregator {

/// Clause -> what it says, as text. Clauses: `dataset` (digest), `prompts` (digest), `split`,
/// `rows`, `format`, `repeats`, `sampling`, `params`, and one for each other key of the identity
/// and of its `scoring`, such as `evaluator`, `extractor` and `limits`.
using Contract = std::map<std::string, std::string>;

/// Throws nothing for a valid task of `plan`.
[[nodiscard]] Contract contract_of(const Plan& plan, const Task& task);

/// A clause on which two tasks differ.
struct Violation {
  std::string clause;
  std::string a;  ///< "" where the task has no such clause.
  std::string b;
  bool allowed = false;  ///< The user said that it does not matter.
};

/// In the order of the clauses' names.
[[nodiscard]] std::vector<Violation> violations_of(const Contract& a, const Contract& b,
                                                   const std::set<std::string>& allowed);

/// "sampling: found {"temperature":0} in A, {"temperature":1} in B", with " (allowed)".
[[nodiscard]] std::string violation_text(const Violation& violation);

/// Not a clause of a task: tasks that have no counterpart in the other run.
inline constexpr const char* kUnpairedClause = "unpaired";

/// Nor are these: a run that asked only the first docs of each dataset (--limit), and items whose
/// counted records differ, so that chance chose which stands.
inline constexpr const char* kLimitClause = "limit";
inline constexpr const char* kConflictsClause = "conflicts";

/// Every clause that a task of `plan` has.
[[nodiscard]] std::set<std::string> clauses_of(const Plan& plan);

/// Throws Error(usage) unless each of `allowed` is one of `clauses` or one of those above.
void check_clauses(const std::set<std::string>& allowed, const std::set<std::string>& clauses);

}  // namespace tally::aggregator
