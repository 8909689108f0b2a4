#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/verbs.hpp"
#include "core/base/error.hpp"
#include "core/base/tool_main.hpp"
#include "core/base/version.hpp"

namespace {

void add_verbs(CLI::App& app, tally::cli::Action& chosen) {
  tally::cli::add_plan(app, chosen);
  tally::cli::add_launch(app, chosen);
  tally::cli::add_resume(app, chosen);
  tally::cli::add_status(app, chosen);
  tally::cli::add_logs(app, chosen);
  tally::cli::add_cancel(app, chosen);
  tally::cli::add_verify(app, chosen);
  tally::cli::add_compare(app, chosen);
  tally::cli::add_gate(app, chosen);
  tally::cli::add_schema(app, chosen);
  tally::cli::add_element(app, chosen);
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("tally {}", tally::code_version()));
  app.footer(
      "Data goes to stdout, talk to stderr. Exit codes: 0 complete, 64 usage, 65 bad data,\n"
      "66 missing input, 69 unavailable, 70 bug, 74 I/O, 75 incomplete (run me again), 78 config.\n"
      "compare --strict and gate: 0 pass, 1 fail, 2 inconclusive.");
}

/// CLI11 would only say that a subcommand is required.
void refuse_unknown_verb(const CLI::App& app, int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "-";
  if (!verb.empty() && verb[0] == '-') return;
  const auto is_it = [&](const CLI::App* command) { return command->get_name() == verb; };
  if (!app.get_subcommands(is_it).empty()) return;
  throw tally::Error(
      tally::Errc::usage,
      fmt::format("found verb \"{}\", expected one that `tally --help` lists", verb));
}

int run(int argc, char** argv) {
  CLI::App app{"Evaluate models at scale: one run.yaml in, verified results out", "tally"};
  tally::cli::Action chosen;
  add_verbs(app, chosen);
  refuse_unknown_verb(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version are no failures; everything else is a wrong command line.
    return app.exit(error) == 0 ? 0 : static_cast<int>(tally::Errc::usage);
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  return tally::tool_main("tally", [&] { return run(argc, argv); });
}
