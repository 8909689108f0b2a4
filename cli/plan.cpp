#include "core/plan/plan.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "launcher/plan_report.hpp"

namespace tally::cli {
namespace {

struct Options {
  ConfigArguments config;
  bool json = false;
  bool list = false;
};

int show_plan(const Options& options) {
  const RunConfig config = load_run_config(options.config.config, options.config.overrides());
  const Plan plan = build_plan(config, options.config.limit, std::chrono::system_clock::now());
  if (options.list) {
    launcher::list_tasks(plan, std::cout);
    return 0;
  }
  const auto geometry = launcher::local_geometry(plan.submit.resources, plan.items(), {});
  print_line(options.json ? launcher::plan_summary_json(plan, geometry)
                          : launcher::plan_text(plan, geometry));
  return 0;
}

}  // namespace

void add_plan(CLI::App& app, Action& chosen) {
  CLI::App* const command = app.add_subcommand(
      "plan", "Show what a run.yaml expands to: tasks, docs, items; writes nothing");
  const auto options = std::make_shared<Options>();
  options->config.add_to(*command);
  add_json(*command, options->json);
  command->add_flag("--list", options->list, "One JSON line per task instead");
  command->callback([&chosen, options] { chosen = [options] { return show_plan(*options); }; });
}

}  // namespace tally::cli
