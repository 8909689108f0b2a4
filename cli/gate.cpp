#include "aggregator/compare/gate.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "aggregator/compare/gate_output.hpp"
#include "cli/arguments.hpp"
#include "cli/compare_options.hpp"
#include "cli/verbs.hpp"
#include "core/base/error.hpp"

namespace tally::cli {
namespace {

struct Options {
  std::filesystem::path run;
  std::vector<std::string> minimums;
  std::vector<std::string> maximums;
  std::string max_drop;
  std::filesystem::path baseline;
  CompareArguments arguments;
  bool json = false;
};

aggregator::GateOptions rules_of(const Options& options) {
  aggregator::GateOptions rules;
  using Kind = aggregator::LimitRule::Kind;
  for (const std::string& text : options.minimums)
    rules.limits.push_back(aggregator::parse_limit(Kind::minimum, text));
  for (const std::string& text : options.maximums)
    rules.limits.push_back(aggregator::parse_limit(Kind::maximum, text));
  rules.compare = options.arguments.options(!options.max_drop.empty());
  if (!options.max_drop.empty())
    rules.max_drop = parse_step(options.max_drop, "--max-drop", rules.compare.metric);
  if (options.max_drop.empty() != options.baseline.empty())
    throw Error(Errc::usage, "found one of --max-drop and --baseline, expected both or neither");
  if (rules.limits.empty() && !rules.max_drop)
    throw Error(Errc::usage, "found no rule, expected --min, --max, or --max-drop with --baseline");
  return rules;
}

int gate(const Options& options) {
  const aggregator::GateOptions rules = rules_of(options);
  const aggregator::PublishedRun run = aggregator::open_published_run(options.run);
  std::optional<aggregator::PublishedRun> baseline;
  if (rules.max_drop) baseline = aggregator::open_published_run(options.baseline);
  const aggregator::PublishedRun* const against = baseline ? &*baseline : nullptr;
  const aggregator::GateReport report = aggregator::gate_run(run, against, rules);
  print_line(options.json ? aggregator::gate_json(run, against, rules, report)
                          : aggregator::gate_text(run, against, report));
  return static_cast<int>(report.judgement.verdict);
}

}  // namespace

void add_gate(CLI::App& app, Action& chosen) {
  CLI::App* const command = app.add_subcommand(
      "gate", "Say whether a run is good enough: exit 0 yes, 1 no, 2 cannot be said");
  const auto options = std::make_shared<Options>();
  add_run(*command, options->run);
  command
      ->add_option("--min", options->minimums,
                   "The least that a figure must be, \"accuracy=0.8\"; may be repeated")
      ->type_name("METRIC=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--max", options->maximums,
                   "The most that a figure may be, \"mean:nll=1.5\"; may be repeated")
      ->type_name("METRIC=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--max-drop", options->max_drop,
                   "How much --metric may fall against --baseline: 0.01 or 1%")
      ->type_name("D");
  command->add_option("--baseline", options->baseline, "The run that --max-drop compares with")
      ->type_name("RUN");
  options->arguments.add_to(*command);
  command->add_option("--model", options->arguments.selection.model_b, "Only this model of the run")
      ->type_name("NAME");
  command
      ->add_option("--baseline-model", options->arguments.selection.model_a,
                   "Only this model of the baseline")
      ->type_name("NAME");
  add_json(*command, options->json);
  command->callback([&chosen, options] { chosen = [options] { return gate(*options); }; });
}

}  // namespace tally::cli
