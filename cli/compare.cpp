#include "aggregator/compare/compare.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "aggregator/compare/compare_output.hpp"
#include "cli/arguments.hpp"
#include "cli/compare_options.hpp"
#include "cli/verbs.hpp"

namespace tally::cli {
namespace {

struct Options {
  std::filesystem::path a;
  std::filesystem::path b;
  CompareArguments arguments;
  std::string margin;
  std::uint64_t flips = 10;
  bool strict = false;
  bool json = false;
};

int compare(const Options& options) {
  aggregator::CompareOptions wish = options.arguments.options(options.strict);
  if (!options.margin.empty()) wish.margin = parse_step(options.margin, "--margin", wish.metric);
  wish.max_flips = options.flips;
  const aggregator::PublishedRun a = aggregator::open_published_run(options.a);
  const aggregator::PublishedRun b = aggregator::open_published_run(options.b);
  const aggregator::RunComparison comparison = aggregator::compare_runs(a, b, wish);
  print_line(options.json ? aggregator::compare_json(a, b, comparison)
                          : aggregator::compare_text(a, b, comparison));
  return options.strict ? static_cast<int>(comparison.judgement.verdict) : 0;
}

}  // namespace

void add_compare(CLI::App& app, Action& chosen) {
  constexpr std::uint64_t kMaxFlips = 1'000'000'000;
  CLI::App* const command = app.add_subcommand(
      "compare", "Compare run B with run A, doc by doc: difference, flips, power");
  const auto options = std::make_shared<Options>();
  command->add_option("run_a", options->a, "The run to compare with")
      ->required()
      ->type_name("RUN_A");
  command->add_option("run_b", options->b, "The run that is compared")
      ->required()
      ->type_name("RUN_B");
  command->add_flag("--strict", options->strict,
                    "Exit 0 when B is not worse, 1 when it is, 2 when that cannot be said");
  command->add_option("--margin", options->margin, "B may be worse by this much: 0.01 or 1%")
      ->type_name("D");
  command->add_option("--flips", options->flips, "List so many changed docs a task (10)")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{0}, kMaxFlips));
  options->arguments.add_to(*command);
  command->add_option("--model-a", options->arguments.selection.model_a, "Only this model of A")
      ->type_name("NAME");
  command->add_option("--model-b", options->arguments.selection.model_b, "Only this model of B")
      ->type_name("NAME");
  add_json(*command, options->json);
  command->callback([&chosen, options] { chosen = [options] { return compare(*options); }; });
}

}  // namespace tally::cli
