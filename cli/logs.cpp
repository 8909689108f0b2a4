#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "core/base/error.hpp"
#include "launcher/run_logs.hpp"

namespace tally::cli {
namespace {

constexpr std::uint32_t kMaxIndex = 999'999;

struct Options {
  std::filesystem::path run;
  std::optional<std::uint32_t> element;
};

int show_logs(const Options& options) {
  const RunDir run = RunDir::open(options.run);
  if (!options.element) {
    for (const auto& log : launcher::all_logs(run)) print_line(log.string());
    return 0;
  }
  const auto log = launcher::log_of(run, ElementId(*options.element));
  std::ifstream file(log, std::ios::binary);
  if (!file)
    throw Error(Errc::missing, "found no log yet, expected one once it runs", {log, {}, 0});
  if (file.peek() != std::ifstream::traits_type::eof()) std::cout << file.rdbuf();
  return 0;
}

}  // namespace

void add_logs(CLI::App& app, Action& chosen) {
  CLI::App* const command =
      app.add_subcommand("logs", "Print the log of an element, or the paths of all logs");
  const auto options = std::make_shared<Options>();
  add_run(*command, options->run);
  command->add_option("index", options->element, "The element, 0-based (default: list the files)")
      ->type_name("I")
      ->check(CLI::Range(0U, kMaxIndex));
  command->callback([&chosen, options] { chosen = [options] { return show_logs(*options); }; });
}

}  // namespace tally::cli
