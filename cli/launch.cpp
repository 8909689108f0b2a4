#include "launcher/launch.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "core/base/error.hpp"

namespace tally::cli {
namespace {

struct Options {
  ConfigArguments config;
  launcher::LaunchOptions launch;
  bool dry_run = false;
  bool test_only = false;
  bool json = false;
};

int launch_run(Options& options) {
  options.launch.config = options.config.config;
  options.launch.overrides = options.config.overrides();
  options.launch.limit = options.config.limit;
  if (options.test_only && options.launch.on != "slurm")
    throw Error(Errc::usage, "--test-only: found --on local, expected --on slurm");
  if (options.dry_run || options.test_only) {
    const launcher::DryRun dry = launcher::dry_run(options.launch, options.test_only);
    print_line(options.json ? launcher::dry_run_json(dry) : launcher::dry_run_text(dry));
    return 0;
  }
  const launcher::RunReport report = launcher::launch(options.launch);
  print_line(options.json ? launcher::report_json(report) : launcher::report_text(report));
  return report.exit_code;
}

}  // namespace

void add_launch(CLI::App& app, Action& chosen) {
  CLI::App* const command =
      app.add_subcommand("launch", "Run a run.yaml to its end and aggregate the results");
  const auto options = std::make_shared<Options>();
  options->config.add_to(*command);
  add_backend(*command, options->launch.on, "Where to run: local or slurm (default: local)");
  add_workers(*command, options->launch.wish);
  command
      ->add_option("--output-dir", options->launch.output_dir,
                   "Folder of the run directory, which is named after run.id (default: runs)")
      ->type_name("DIR");
  command->add_flag("--dry-run", options->dry_run,
                    "Print the submission and the exact commands; write nothing");
  command->add_flag("--test-only", options->test_only,
                    "As --dry-run, and ask Slurm whether it would take it");
  add_json(*command, options->json);
  command->callback([&chosen, options] { chosen = [options] { return launch_run(*options); }; });
}

}  // namespace tally::cli
