#include "cli/compare_options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "aggregator/compare/fraction.hpp"
#include "core/base/error.hpp"

namespace tally::cli {

void CompareArguments::add_to(CLI::App& command) {
  command
      .add_option("--metric", metric, "accuracy (default), avg@K, pass@K, pass^K or mean:COLUMN")
      ->type_name("NAME");
  CLI::Option* const lower =
      command.add_flag("--lower-is-better", lower_is_better, "Of mean:COLUMN: less is better");
  command.add_flag("--higher-is-better", higher_is_better, "Of mean:COLUMN: more is better")
      ->excludes(lower);
  command
      .add_option("--allow", allowed,
                  "A clause on which the runs may differ, \"unpaired\", \"limit\" or "
                  "\"conflicts\"; may be repeated")
      ->type_name("CLAUSE")
      ->allow_extra_args(false);
  command.add_flag("--allow-incomplete", allow_incomplete,
                   "Judge although docs, items or values are missing");
  command.add_option("--task", selection.task, "Only tasks of this name")->type_name("NAME");
  command.add_option("--dataset", selection.dataset, "Only tasks of this dataset")
      ->type_name("SLUG");
}

aggregator::CompareOptions CompareArguments::options(bool judged) const {
  aggregator::CompareOptions options;
  options.metric = aggregator::DocMetric::parse(metric, "--metric");
  const bool directed = lower_is_better || higher_is_better;
  if (options.metric.is_fraction() && directed)
    throw Error(Errc::usage,
                fmt::format("found a direction for {}, expected none: more is better", metric));
  if (!options.metric.is_fraction() && judged && !directed)
    throw Error(Errc::usage, fmt::format("found {} without a direction, expected "
                                         "--lower-is-better or --higher-is-better",
                                         metric));
  if (lower_is_better) options.better = aggregator::Better::less;
  if (!options.metric.is_fraction() && !directed) options.better = aggregator::Better::unknown;
  options.allowed = {allowed.begin(), allowed.end()};
  options.allow_incomplete = allow_incomplete;
  options.selection = selection;
  return options;
}

double parse_step(const std::string& text, const char* option,
                  const aggregator::DocMetric& metric) {
  if (metric.is_fraction()) return aggregator::parse_fraction_step(text, option);
  const double step = aggregator::parse_plain_number(text, option);
  if (step >= 0.0) return step;
  throw Error(Errc::usage, fmt::format("found {}, expected a number >= 0", text), {{}, option, 0});
}

}  // namespace tally::cli
