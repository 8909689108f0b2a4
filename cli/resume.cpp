#include "launcher/resume.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"

namespace tally::cli {
namespace {

constexpr std::uint32_t kMaxElements = 1'000'000;

struct Options {
  launcher::ResumeOptions resume;
  std::vector<std::string> overrides;
  bool json = false;
};

int resume_run(Options& options) {
  for (const std::string& text : options.overrides)
    options.resume.overrides.push_back(parse_override(text));
  const launcher::RunReport report = launcher::resume(options.resume);
  print_line(options.json ? launcher::report_json(report) : launcher::report_text(report));
  return report.exit_code;
}

}  // namespace

void add_resume(CLI::App& app, Action& chosen) {
  CLI::App* const command =
      app.add_subcommand("resume", "Do what is missing of a run, in any geometry, and aggregate");
  const auto options = std::make_shared<Options>();
  add_run(*command, options->resume.run);
  add_backend(*command, options->resume.on,
              "Where to run: local or slurm (default: as the last time)");
  command
      ->add_option("-O,--override", options->overrides,
                   "Set a key of resources or slurm: slurm.partition=long; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--elements", options->resume.wish.elements,
                   "Cut the rest into E elements (default: as the config says)")
      ->type_name("E")
      ->check(CLI::Range(1U, kMaxElements));
  add_workers(*command, options->resume.wish);
  command->add_flag("--force", options->resume.force, "Also when elements seem to be at work");
  add_json(*command, options->json);
  command->callback([&chosen, options] { chosen = [options] { return resume_run(*options); }; });
}

}  // namespace tally::cli
