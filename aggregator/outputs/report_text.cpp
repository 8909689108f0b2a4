#include "aggregator/outputs/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "aggregator/outputs/report.hpp"
#include "aggregator/outputs/task_text.hpp"

namespace tally::aggregator {
namespace {

std::string value_text(double value, const std::optional<double>& error) {
  std::string text = fmt::format("{:.4f}", value);
  if (error) text += fmt::format(" +- {:.4f}", *error);
  return text;
}

std::vector<std::string> group_row(const GroupFigures& group,
                                   const std::vector<std::string>& metrics) {
  std::vector<std::string> row{printable(group.name), std::to_string(group.docs)};
  for (const std::string& name : metrics) {
    const auto found = std::ranges::find(group.metrics, name, &Estimate::name);
    if (found == group.metrics.end()) {
      row.emplace_back("-");
      continue;
    }
    Estimate shown = *found;
    shown.ci95.reset();  // the run's way to an interval is for whole tasks
    row.push_back(estimate_text(shown, group.docs, group.counts.counted()));
  }
  row.push_back(fmt::format("{}/{}", group.counts.counted(), group.counts.expected));
  row.push_back(
      fmt::format("{:.4f}", group.score_sum / static_cast<double>(group.counts.expected)));
  return row;
}

std::vector<std::string> means_row(const Breakdown& breakdown, const char* which,
                                   std::optional<GroupMean> MetricOverGroups::*mean,
                                   const std::vector<std::string>& metrics) {
  std::vector<std::string> row{which, ""};
  for (const std::string& name : metrics) {
    const auto found = std::ranges::find(breakdown.metrics, name, &MetricOverGroups::name);
    const bool known = found != breakdown.metrics.end() && (*found).*mean;
    row.push_back(known ? value_text(((*found).*mean)->value, ((*found).*mean)->standard_error)
                        : "-");
  }
  row.insert(row.end(), 2, "");
  return row;
}

}  // namespace

std::string estimate_text(const Estimate& estimate, std::uint64_t docs, std::uint64_t counted) {
  std::string text = value_text(estimate.value, estimate.standard_error);
  if (estimate.ci95)
    text += fmt::format(" [{:.4f}, {:.4f}]", estimate.ci95->low, estimate.ci95->high);
  if (estimate.docs < docs) text += fmt::format(" ({} of {} docs)", estimate.docs, docs);
  if (estimate.draws.value_or(counted) < counted)
    text += fmt::format(" ({} of {} draws)", *estimate.draws, counted);
  return text;
}

std::string breakdown_text(const Breakdown& breakdown, const std::vector<std::string>& metrics) {
  std::vector<std::string> head{printable(breakdown.by), "docs"};
  for (const std::string& name : metrics) head.push_back(printable(name));
  head.insert(head.end(), {"counted", "accuracy counting errors as wrong"});
  std::vector<std::vector<std::string>> table{std::move(head)};
  for (const GroupFigures& group : breakdown.groups) table.push_back(group_row(group, metrics));
  table.push_back(means_row(breakdown, "= micro", &MetricOverGroups::micro, metrics));
  table.push_back(means_row(breakdown, "= macro", &MetricOverGroups::macro, metrics));
  std::string text = padded_table(table);
  for (const MetricOverGroups& metric : breakdown.metrics)
    if (!metric.macro)
      text += fmt::format("no mean of {} over the groups: {}\n", printable(metric.name),
                          printable(metric.why_not));
  return text;
}

std::string statistics_text(const StatisticsSpec& statistics) {
  std::string text = "+- is the standard error over ";
  text += statistics.cluster == ClusterBy::group ? "groups of docs" : "docs";
  text += ", [] the 95 % interval by ";
  switch (statistics.interval) {
    case IntervalKind::automatic:
      text += statistics.cluster == ClusterBy::group
                  ? "Student's t"
                  : "Wilson where every doc has 0 or 1, else by Student's t";
      break;
    case IntervalKind::t:
      text += "Student's t";
      break;
    case IntervalKind::wilson:
      text += "Wilson, where every doc has 0 or 1";
      break;
    case IntervalKind::bootstrap:
      text += fmt::format("bootstrap, {} replicates", statistics.replicates);
      break;
  }
  if (statistics.short_docs == ShortDocs::skip_doc)
    text += "; docs with too few draws for a figure are left out of it";
  return text + "\n";
}

}  // namespace tally::aggregator
