#include "aggregator/compare/contract.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/plan/plan_names.hpp"

namespace tally::aggregator {
namespace {

/// A text as it is, everything else as JSON: 1 and 1.0 stay different.
std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void add_sampling(nlohmann::json sampling, Contract& contract) {
  contract["repeats"] = text_of(sampling.at("repeats"));
  sampling.erase("repeats");
  contract["sampling"] = sampling.dump();
}

/// The evaluator's own settings, each a clause.
void add_scoring(const nlohmann::json& scoring, Contract& contract) {
  for (const auto& [key, value] : scoring.items()) contract[key] = text_of(value);
}

void add_dataset(const Plan& plan, const Task& task, Contract& contract) {
  const PlannedDataset& dataset = plan.datasets[task.dataset];
  const DatasetSpec& spec = dataset.spec;
  contract["dataset"] = dataset.digest.hex();
  contract["prompts"] = dataset.prompts.hex();
  contract["split"] = spec.split;
  contract["rows"] =
      fmt::format("{} ({} docs)", spec.rows.empty() ? "all" : spec.rows, dataset.docs);
  contract["format"] = fmt::format("{} header={} id={} input={} target={}",
                                   plan_names::name(plan_names::kFormats, spec.format), spec.header,
                                   spec.id, spec.input, spec.target);
}

}  // namespace

Contract contract_of(const Plan& plan, const Task& task) {
  Contract contract;
  const nlohmann::json identity = nlohmann::json::parse(plan.task_json(task));
  for (const auto& [key, value] : identity.items()) {
    if (key == "model" || key == "name" || key == "dataset") continue;
    if (key == "sampling")
      add_sampling(value, contract);
    else if (key == "scoring")
      add_scoring(value, contract);
    else
      contract[key] = text_of(value);
  }
  add_dataset(plan, task, contract);
  return contract;
}

std::vector<Violation> violations_of(const Contract& a, const Contract& b,
                                     const std::set<std::string>& allowed) {
  Contract both = a;
  both.insert(b.begin(), b.end());
  const auto said = [](const Contract& contract, const std::string& clause) {
    const auto found = contract.find(clause);
    return found == contract.end() ? std::string() : found->second;
  };
  std::vector<Violation> violations;
  for (const auto& [clause, text] : both) {
    Violation violation{clause, said(a, clause), said(b, clause), allowed.contains(clause)};
    if (violation.a != violation.b) violations.push_back(std::move(violation));
  }
  return violations;
}

std::string violation_text(const Violation& violation) {
  const auto quoted = [](const std::string& text) { return text.empty() ? "nothing" : text; };
  return fmt::format("{}: found {} in A, {} in B{}", violation.clause, quoted(violation.a),
                     quoted(violation.b), violation.allowed ? " (allowed)" : "");
}

std::set<std::string> clauses_of(const Plan& plan) {
  std::set<std::string> clauses;
  for (const Segment& segment : plan.segments())
    for (const auto& [clause, text] : contract_of(plan, plan.task(segment.first_task)))
      clauses.insert(clause);
  return clauses;
}

void check_clauses(const std::set<std::string>& allowed, const std::set<std::string>& clauses) {
  const std::set<std::string> of_runs{kConflictsClause, kLimitClause, kUnpairedClause};
  for (const std::string& clause : allowed) {
    if (clauses.contains(clause) || of_runs.contains(clause)) continue;
    throw Error(
        Errc::usage,
        fmt::format("found \"{}\", expected {}, {}, {} or {}", clause, fmt::join(clauses, ", "),
                    kConflictsClause, kLimitClause, kUnpairedClause),
        {{}, "--allow", 0});
  }
}

}  // namespace tally::aggregator
