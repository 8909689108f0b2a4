#include "aggregator/outputs/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "aggregator/outputs/report_text.hpp"
#include "aggregator/outputs/summary.hpp"
#include "aggregator/outputs/task_json.hpp"
#include "aggregator/outputs/task_text.hpp"
#include "core/base/json_writer.hpp"
#include "core/base/utf8.hpp"

namespace tally::aggregator {
namespace {

constexpr std::size_t kMaxIntervalText = 2000;

std::string metric_cell(const TaskFigures& figures, const std::string& name) {
  const auto found = std::ranges::find(figures.metrics, name, &Estimate::name);
  if (found == figures.metrics.end()) return "-";
  return estimate_text(*found, figures.task.docs, figures.counts.counted());
}

/// Cells truncated, tokens in, tokens out and cost USD.
std::vector<std::string> usage_cells(const TaskFigures& figures, const ModelSpec& model) {
  const auto rate = figures.counts.truncation_rate();
  const auto cost = cost_usd(figures, model);
  const auto tokens = [&](std::uint64_t sum) {
    return figures.tokens_known ? std::to_string(sum) : "-";
  };
  return {rate ? fmt::format("{:.4f}", *rate) : "-", tokens(figures.tokens_in),
          tokens(figures.tokens_out), cost ? fmt::format("{:.4g}", *cost) : "-"};
}

/// An interval set that a person may have to read.
std::string interval_text(const IntervalSet& set) {
  std::string text = set.text();
  if (text.size() <= kMaxIntervalText) return text;
  text.resize(text.rfind(',', kMaxIntervalText));
  return fmt::format("{},... ({} in all)", text, set.size());
}

std::string outcome_text(const Counts& counts) {
  std::string text;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    if (counts.outcomes[i] == 0) continue;
    text += fmt::format("{} {}, ", counts.outcomes[i], outcome_name(static_cast<Outcome>(i)));
  }
  text += fmt::format("{} missing, {} truncated", counts.missing, counts.truncated);
  return text;
}

std::string verdict(const MergeFacts& facts, const Totals& totals) {
  if (totals.complete())
    return fmt::format("COMPLETE: all {} items of {} tasks are counted\n", totals.items,
                       totals.tasks);
  std::string why;
  if (totals.missing > 0) why += fmt::format("{} items without a record", totals.missing);
  if (totals.errors > 0)
    why += fmt::format("{}{} items that ran and have no score", why.empty() ? "" : ", ",
                       totals.errors);
  if (!facts.quarantined.empty())
    why += fmt::format(" ({} shards in quarantine)", facts.quarantined.size());
  return fmt::format("INCOMPLETE: {} of {} items are counted; {}\n", totals.counted, totals.items,
                     why);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (length == 0 || c1 || byte < 0x20 || byte == 0x7F)
      out += '?';
    else
      out += text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string both_denominators(const TaskFigures& figures) {
  const Counts& counts = figures.counts;
  if (counts.counted() == 0)
    return fmt::format("accuracy undefined (0 of {} items counted)", counts.expected);
  // Without the figure itself, what is known has other words: docs may have unequally many draws.
  const auto found = std::ranges::find(figures.metrics, "accuracy", &Estimate::name);
  std::string text = found != figures.metrics.end()
                         ? fmt::format("accuracy {:.3f} ({:.6g}/{} scored, {} errors", found->value,
                                       figures.score_sum, counts.counted(), counts.errors())
                         : fmt::format("sum of scores {:.6g} over {} counted ({} errors",
                                       figures.score_sum, counts.counted(), counts.errors());
  if (counts.missing > 0) text += fmt::format(", {} missing", counts.missing);
  text += fmt::format("; {:.3f} counting errors as wrong)", pessimistic_accuracy(figures));
  return text;
}

Report::Report(const Plan& plan) : plan_(plan) {
  std::vector<std::string> head{"model", "dataset", "task", "settings"};
  for (const std::string& name : plan.metrics) head.push_back(printable(name));
  for (const char* column : {"counted", "truncated", "tokens in", "tokens out", "cost USD"})
    head.emplace_back(column);
  table_.push_back(std::move(head));
}

void Report::add(const TaskFigures& figures) {
  ++tasks_;
  const Task& task = figures.task;
  const PlannedDataset& dataset = plan_.datasets[task.dataset];
  const TaskSpec& entry = plan_.entries[task.entry];
  const std::string& model = plan_.models[task.model].spec.name;
  if (ran_bare(entry)) ++bare_tasks_;
  if (table_.size() <= kMaxLines) {
    std::vector<std::string> row{
        printable(model), printable(fmt::format("{}/{}", dataset.spec.slug, dataset.spec.split)),
        printable(entry.name), printable(settings_text(task, entry))};
    for (const std::string& name : plan_.metrics) row.push_back(metric_cell(figures, name));
    row.push_back(fmt::format("{}/{}", figures.counts.counted(), figures.counts.expected));
    for (std::string& cell : usage_cells(figures, plan_.models[task.model].spec))
      row.push_back(std::move(cell));
    table_.push_back(std::move(row));
  }
  add_breakdown(figures);
  if (figures.complete()) return;
  ++incomplete_tasks_;
  if (incomplete_.size() >= kMaxLines) return;
  incomplete_.push_back(fmt::format(
      "task {} ({} on {}, ordinals {}-{})\n  {}\n  {}\n  not counted: {}\n", figures.id,
      printable(model), printable(dataset.spec.slug), task.first, task.interval().end - 1,
      both_denominators(figures), outcome_text(figures.counts), interval_text(figures.uncounted)));
}

void Report::add_breakdown(const TaskFigures& figures) {
  if (!figures.breakdown) return;
  const std::size_t lines = figures.breakdown->groups.size();
  if (group_lines_ + lines > kMaxLines) {
    ++hidden_breakdowns_;
    return;
  }
  group_lines_ += lines;
  const Task& task = figures.task;
  breakdowns_.push_back(fmt::format(
      "task {} ({} on {}, {}) by {}\n{}", figures.id, printable(plan_.models[task.model].spec.name),
      printable(plan_.datasets[task.dataset].spec.slug),
      printable(settings_text(task, plan_.entries[task.entry])), printable(figures.breakdown->by),
      breakdown_text(*figures.breakdown, plan_.metrics)));
}

std::string Report::finish(const MergeFacts& facts, const Totals& totals) const {
  std::string text = fmt::format("run {}  plan {}  planned {}\n\n", printable(plan_.run_id),
                                 plan_.digest().short_hex(), printable(plan_.created_at));
  text += padded_table(table_);
  if (tasks_ > kMaxLines)
    text += fmt::format("... and {} more tasks: see score_index.jsonl\n", tasks_ - kMaxLines);
  text += statistics_text(plan_.statistics);
  for (const std::string& breakdown : breakdowns_) text += '\n' + breakdown;
  if (hidden_breakdowns_ > 0)
    text += fmt::format("... and the groups of {} more tasks: see score_index.jsonl\n",
                        hidden_breakdowns_);
  text += fmt::format("\n{} shards; {} items recorded twice with the same content; {} conflicts\n",
                      facts.shards.size(), facts.duplicates, facts.conflicts);
  if (facts.conflicts > 0)
    text += fmt::format("conflicting ordinals: {}\n", interval_text(facts.conflicting));
  for (const QuarantinedShard& shard : facts.quarantined)
    text += fmt::format("quarantined {}: {}\n", printable(shard.name), printable(shard.reason));
  if (!incomplete_.empty()) text += '\n';
  for (const std::string& task : incomplete_) text += task;
  if (incomplete_tasks_ > incomplete_.size())
    text += fmt::format("... and {} more incomplete tasks: see summary.json\n",
                        incomplete_tasks_ - incomplete_.size());
  text += '\n';
  if (bare_tasks_ > 0)
    text += fmt::format("WITHOUT A SANDBOX: programs of {} tasks could have changed any figure\n",
                        bare_tasks_);
  if (plan_.limit > 0)
    text += fmt::format("LIMITED: at most the first {} docs of each dataset were asked for\n",
                        plan_.limit);
  text += verdict(facts, totals);
  return text;
}

}  // namespace tally::aggregator
