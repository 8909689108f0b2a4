#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "aggregator/compare/compare_output.hpp"
#include "aggregator/compare/compare_parts.hpp"
#include "aggregator/outputs/report.hpp"
#include "aggregator/outputs/task_text.hpp"

namespace tally::aggregator {
namespace {

/// "  name          text".
std::string line(const char* name, const std::string& text) {
  return fmt::format("  {:<12}{}\n", name, text);
}

std::string interval(const std::optional<Bounds>& bounds, const char* format_sign) {
  if (!bounds) return {};
  return fmt::format(" [{}, {}]", fmt::format(fmt::runtime(format_sign), bounds->low),
                     fmt::format(fmt::runtime(format_sign), bounds->high));
}

std::string side_text(const SideFigures& side) {
  std::string text = side.value ? fmt::format("{:.4f}", *side.value) : "undefined";
  text += fmt::format(" ({}/{} counted", side.counted, side.items);
  text += without_value_text(side.without_value);
  if (!side.complete())
    text +=
        fmt::format("; accuracy {:.4f} counting errors as wrong", side.counting_errors_as_wrong);
  return text + ")";
}

std::string docs_text(const TaskComparison& task) {
  const DocCounts& docs = task.docs;
  std::string text = fmt::format("{} in both, {} only in A, {} only in B, {} in neither", docs.both,
                                 docs.only_a, docs.only_b, docs.neither);
  if (docs.outside_a + docs.outside_b > 0)
    text += fmt::format("; {} asked in A alone, {} in B alone", docs.outside_a, docs.outside_b);
  if (task.by_content) text += "; joined by content";
  return text;
}

std::string difference_text(const Difference& difference) {
  const PairedDifference& paired = difference.paired;
  std::string text = fmt::format("{:+.4f}", paired.difference);
  if (paired.standard_error) text += fmt::format(" +- {:.4f}", *paired.standard_error);
  text += interval(paired.ci95, "{:+.4f}");
  text += fmt::format(" over {} docs ({:.4f} to {:.4f})", paired.docs, difference.mean_a,
                      difference.mean_b);
  if (difference.groups) text += fmt::format(", errors over {} groups", *difference.groups);
  if (difference.unpaired_error)
    text += fmt::format("; unpaired +- {:.4f}", *difference.unpaired_error);
  if (difference.correlation) text += fmt::format(", correlation {:.2f}", *difference.correlation);
  return text;
}

std::string changes_text(const Difference& difference) {
  std::string text = fmt::format("{} down, {} up", difference.down, difference.up);
  if (difference.mcnemar)
    text += fmt::format("; McNemar p = {:.4g}", difference.mcnemar->p);
  else
    text += fmt::format("; no McNemar test: {}", difference.no_mcnemar);
  return text;
}

std::string flips_text(const Difference& difference) {
  std::string text;
  for (const Flip& flip : difference.flips) {
    const std::string id = flip.id.empty() ? "" : fmt::format(" ({})", printable(flip.id));
    text += line("", fmt::format("row {}{}: {:.6g} to {:.6g}", flip.row, id, flip.a, flip.b));
  }
  const std::uint64_t more = difference.up + difference.down - difference.flips.size();
  if (more > 0 && !difference.flips.empty())
    text += line("", fmt::format("... and {} more: --flips N", more));
  return text;
}

std::string power_text(const Difference& difference) {
  if (!difference.detectable)
    return difference.paired.standard_error ? "unknown: all docs have the same difference"
                                            : "unknown: the difference has no error";
  const bool below = std::abs(difference.paired.difference) < *difference.detectable;
  return fmt::format(
      "a true difference of {:.4f} is found in 80 of 100 such runs; the observed "
      "one is {}{}",
      *difference.detectable, below ? "smaller" : "not smaller",
      below && difference.docs_needed ? fmt::format(" and needs {} docs", *difference.docs_needed)
                                      : "");
}

const char* direction_text(Better better) {
  if (better == Better::unknown) return "without a direction";
  return better == Better::more ? "more is better" : "less is better";
}

std::string task_text(const PublishedRun& a, const PublishedRun& b, const TaskComparison& task) {
  std::string text = task_label(a.plan, task.a.task) + "\n";
  text += line("models", printable(fmt::format("{} (A), {} (B)", model_name(a.plan, task.a.task),
                                               model_name(b.plan, task.b.task))));
  if (task.violations.empty()) text += line("contract", "holds");
  for (const Violation& violation : task.violations)
    text += line("contract", printable(violation_text(violation)));
  text += line("A", side_text(task.a));
  text += line("B", side_text(task.b));
  if (task.joined) text += line("docs", docs_text(task));
  if (task.difference) {
    text += line("B - A", difference_text(*task.difference));
    text += line("changes", changes_text(*task.difference));
    text += flips_text(*task.difference);
    text += line("power", power_text(*task.difference));
  }
  text += line("verdict", fmt::format("{}: {}", verdict_name(task.judgement.verdict),
                                      printable(task.judgement.reason)));
  return text;
}

}  // namespace

std::string compare_text(const PublishedRun& a, const PublishedRun& b,
                         const RunComparison& comparison) {
  const auto run_row = [](const char* name, const PublishedRun& run) {
    return std::vector<std::string>{name, printable(run.root.string()), printable(run.plan.run_id),
                                    fmt::format("results {}", run.results.filename().string()),
                                    run.complete ? "complete" : "INCOMPLETE"};
  };
  std::string text = padded_table({run_row("A", a), run_row("B", b)});
  text += fmt::format("metric {}, {}; every difference is B - A\n",
                      printable(comparison.options.metric.name()),
                      direction_text(comparison.options.better));
  if (comparison.not_selected_a + comparison.not_selected_b > 0)
    text += fmt::format("not selected: {} tasks of A, {} of B\n", comparison.not_selected_a,
                        comparison.not_selected_b);
  for (const std::string& note : comparison.notes)
    text += fmt::format("note: {}\n", printable(note));
  for (const TaskComparison& task : comparison.tasks) text += "\n" + task_text(a, b, task);
  text += "\n";
  text += unpaired_text(comparison, a.plan, b.plan);
  text += fmt::format("{}: {}\n", verdict_name(comparison.judgement.verdict),
                      comparison.judgement.reason);
  return text;
}

}  // namespace tally::aggregator
