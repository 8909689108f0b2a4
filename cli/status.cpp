#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <thread>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"
#include "launcher/local_backend.hpp"
#include "launcher/run_status.hpp"

namespace tally::cli {
namespace {

constexpr std::chrono::seconds kWatchInterval{2};

struct Options {
  std::filesystem::path run;
  bool watch = false;
  bool json = false;
};

int show_status(const Options& options) {
  const RunDir run = RunDir::open(options.run);
  const bool redraw = options.watch && !options.json && ::isatty(STDOUT_FILENO) == 1;
  for (;;) {
    const launcher::RunStatus status = launcher::read_status(run, launcher::unix_now());
    if (redraw) std::cout << "\033[H\033[J";  // home, clear
    print_line(options.json ? launcher::status_json(status) : launcher::status_text(status));
    std::cout.flush();
    const bool at_work =
        status.running || status.queued || launcher::LocalBackend({}).at_work(run).has_value();
    if (!options.watch || !at_work || !std::cout) return 0;
    std::this_thread::sleep_for(kWatchInterval);
  }
}

}  // namespace

void add_status(CLI::App& app, Action& chosen) {
  CLI::App* const command =
      app.add_subcommand("status", "Show how far a run is: elements, rate, what is missing");
  const auto options = std::make_shared<Options>();
  add_run(*command, options->run);
  command->add_flag("--watch", options->watch, "Repeat every 2 s until nothing runs any more");
  add_json(*command, options->json);
  command->callback([&chosen, options] { chosen = [options] { return show_status(*options); }; });
}

}  // namespace tally::cli
