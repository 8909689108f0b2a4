#include "aggregator/compare/compare_output.hpp"
#include "aggregator/compare/compare_parts.hpp"

namespace tally::aggregator {
namespace {

void write_side(JsonWriter& json, const Plan& plan, const SideFigures& side) {
  json.begin_object();
  write_task(json, plan, side.task);
  json.key("expected").value(side.items).key("counted").value(side.counted);
  write_without_value(json, side.without_value);
  if (side.value) json.key("value").value(*side.value);
  json.key("accuracy_counting_errors_as_wrong").value(side.counting_errors_as_wrong);
  json.end_object();
}

void write_mcnemar(JsonWriter& json, const Difference& difference) {
  if (!difference.mcnemar) {
    json.key("no_mcnemar").value(difference.no_mcnemar);
    return;
  }
  json.key("mcnemar").begin_object().key("only_a").value(difference.mcnemar->only_a);
  json.key("only_b").value(difference.mcnemar->only_b).key("p").value(difference.mcnemar->p);
  json.end_object();
}

void write_flips(JsonWriter& json, const Difference& difference) {
  json.key("up").value(difference.up).key("down").value(difference.down);
  json.key("flips").begin_array();
  for (const Flip& flip : difference.flips) {
    json.begin_object().key("row").value(flip.row);
    if (!flip.id.empty()) json.key("id").value(flip.id);
    json.key("a").value(flip.a).key("b").value(flip.b).end_object();
  }
  json.end_array();
}

void write_difference(JsonWriter& json, const Difference& difference) {
  const PairedDifference& paired = difference.paired;
  json.key("difference").begin_object().key("value").value(paired.difference);
  if (paired.standard_error) json.key("stderr").value(*paired.standard_error);
  write_ci95(json, paired.ci95);
  json.key("docs").value(paired.docs);
  if (difference.groups) json.key("groups").value(*difference.groups);
  json.key("a").value(difference.mean_a).key("b").value(difference.mean_b);
  if (difference.unpaired_error) json.key("unpaired_stderr").value(*difference.unpaired_error);
  if (difference.correlation) json.key("correlation").value(*difference.correlation);
  if (difference.detectable) json.key("detectable").value(*difference.detectable);
  if (difference.docs_needed) json.key("docs_needed").value(*difference.docs_needed);
  write_mcnemar(json, difference);
  write_flips(json, difference);
  json.end_object();
}

}  // namespace

std::string compare_json(const PublishedRun& a, const PublishedRun& b,
                         const RunComparison& comparison) {
  JsonWriter json;
  json.begin_object().key("format").value("tally-comparison").key("version").value(1);
  json.key("a");
  write_run(json, a);
  json.key("b");
  write_run(json, b);
  json.key("same_run").value(comparison.same_run);
  write_options(json, comparison.options);
  json.key("margin").value(comparison.options.margin).key("pairs").begin_array();
  for (const TaskComparison& task : comparison.tasks) {
    json.begin_object();
    write_place(json, a.plan, task.a.task);
    json.key("a");
    write_side(json, a.plan, task.a);
    json.key("b");
    write_side(json, b.plan, task.b);
    write_violations(json, task);
    if (task.joined) write_docs(json, task);
    if (task.difference) write_difference(json, *task.difference);
    write_judgement(json, task.judgement);
    json.end_object();
  }
  json.end_array();
  write_unpaired(json, comparison, a.plan, b.plan);
  write_notes(json, comparison.notes);
  write_judgement(json, comparison.judgement);
  json.end_object();
  return std::move(json).text();
}

}  // namespace tally::aggregator
