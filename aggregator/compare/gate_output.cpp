#include "aggregator/compare/gate_output.hpp"

#include <fmt/format.h>

#include "aggregator/compare/compare_parts.hpp"
#include "aggregator/outputs/report.hpp"
#include "aggregator/outputs/task_text.hpp"

namespace tally::aggregator {
namespace {

std::string value_text(const Check& check) {
  std::string text = check.value ? fmt::format("{:.4f}", *check.value) : "undefined";
  if (check.ci95) text += fmt::format(" [{:.4f}, {:.4f}]", check.ci95->low, check.ci95->high);
  text += fmt::format(" ({}/{} counted", check.counted, check.items);
  text += without_value_text(check.without_value);
  if (check.docs) text += fmt::format("; over {} docs", *check.docs);
  if (check.counting_errors_as_wrong)
    text += fmt::format("; {:.4f} counting errors as wrong", *check.counting_errors_as_wrong);
  return text + ")";
}

std::string rule_text(const Check& check) {
  switch (check.kind) {
    case Check::Kind::minimum:
      return fmt::format("{} >= {:.6g}", check.metric, check.limit);
    case Check::Kind::maximum:
      return fmt::format("{} <= {:.6g}", check.metric, check.limit);
    case Check::Kind::drop:
      break;
  }
  return fmt::format("drop of {} <= {:.6g}", check.metric, check.limit);
}

const char* rule_name(Check::Kind kind) {
  switch (kind) {
    case Check::Kind::minimum:
      return "min";
    case Check::Kind::maximum:
      return "max";
    case Check::Kind::drop:
      break;
  }
  return "max_drop";
}

std::string run_text(const char* what, const PublishedRun& run) {
  return fmt::format("{:<10}{}  {}  results {}  {}\n", what, printable(run.root.string()),
                     printable(run.plan.run_id), run.results.filename().string(),
                     run.complete ? "complete" : "INCOMPLETE");
}

/// The clauses that the tasks of a drop differ in, under A for the baseline and B for the run.
std::string contract_text(const GateReport& report, const Plan& run) {
  std::string text;
  for (const TaskComparison& task : report.comparison->tasks)
    for (const Violation& violation : task.violations)
      text += fmt::format("contract of {}  {}: {}\n", task_label(run, task.b.task),
                          printable(model_name(run, task.b.task)),
                          printable(violation_text(violation)));
  return text;
}

void write_check(JsonWriter& json, const PublishedRun& run, const PublishedRun* baseline,
                 const GateReport& report, const Check& check) {
  json.begin_object().key("rule").value(rule_name(check.kind));
  json.key("metric").value(check.metric).key("limit").value(check.limit);
  write_place(json, run.plan, check.task);
  write_task(json, run.plan, check.task);
  json.key("expected").value(check.items).key("counted").value(check.counted);
  write_without_value(json, check.without_value);
  if (check.value) json.key("value").value(*check.value);
  write_ci95(json, check.ci95);
  if (check.counting_errors_as_wrong)
    json.key("accuracy_counting_errors_as_wrong").value(*check.counting_errors_as_wrong);
  if (check.comparison && baseline != nullptr) {
    const TaskComparison& task = report.comparison->tasks[*check.comparison];
    json.key("baseline").begin_object();
    write_task(json, baseline->plan, task.a.task);
    json.key("expected").value(task.a.items).key("counted").value(task.a.counted);
    write_without_value(json, task.a.without_value);
    json.end_object();
    write_violations(json, task);
    if (task.joined) write_docs(json, task);
  }
  write_judgement(json, check.judgement);
  json.end_object();
}

}  // namespace

std::string gate_text(const PublishedRun& run, const PublishedRun* baseline,
                      const GateReport& report) {
  std::string text = run_text("run", run);
  if (baseline != nullptr) text += run_text("baseline", *baseline);
  for (const std::string& note : report.notes) text += fmt::format("note: {}\n", printable(note));
  text += "\n";
  std::vector<std::vector<std::string>> table;
  for (const Check& check : report.checks)
    table.push_back({std::string(verdict_name(check.judgement.verdict)),
                     printable(rule_text(check)), task_label(run.plan, check.task),
                     printable(model_name(run.plan, check.task)), value_text(check),
                     printable(check.judgement.reason)});
  text += padded_table(table);
  text += "\n";
  if (report.comparison && baseline != nullptr) {
    text += contract_text(report, run.plan);
    text += unpaired_text(*report.comparison, baseline->plan, run.plan);
  }
  text += fmt::format("{}: {}\n", verdict_name(report.judgement.verdict), report.judgement.reason);
  return text;
}

std::string gate_json(const PublishedRun& run, const PublishedRun* baseline,
                      const GateOptions& options, const GateReport& report) {
  JsonWriter json;
  json.begin_object().key("format").value("tally-gate").key("version").value(1);
  json.key("run");
  write_run(json, run);
  if (baseline != nullptr) {
    json.key("baseline");
    write_run(json, *baseline);
  }
  write_options(json, options.compare);
  json.key("checks").begin_array();
  for (const Check& check : report.checks) write_check(json, run, baseline, report, check);
  json.end_array();
  if (report.comparison && baseline != nullptr)
    write_unpaired(json, *report.comparison, baseline->plan, run.plan);
  write_notes(json, report.notes);
  write_judgement(json, report.judgement);
  json.end_object();
  return std::move(json).text();
}

}  // namespace tally::aggregator
