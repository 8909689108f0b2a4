#include "launcher/element.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/arguments.hpp"
#include "cli/verbs.hpp"

namespace tally::cli {
namespace {

constexpr std::uint32_t kMaxRanks = 100'000;
constexpr std::int64_t kMaxGraceSeconds = 86'400;

struct Options {
  launcher::ElementOptions element;
  std::uint32_t index = 0;
  std::int64_t grace_seconds = launcher::ElementOptions{}.grace.count();
};

int supervise(Options& options) {
  options.element.element = ElementId(options.index);
  options.element.grace = std::chrono::seconds(options.grace_seconds);
  return launcher::run_element(options.element);
}

}  // namespace

void add_element(CLI::App& app, Action& chosen) {
  CLI::App* const command =
      app.add_subcommand("element", "Supervise one element of a run (for schedulers and pods)");
  const auto options = std::make_shared<Options>();
  add_run(*command, options->element.run);
  command->add_option("index", options->index, "The element, 0-based")
      ->required()
      ->type_name("I")
      ->check(CLI::Range(0U, kMaxElement));
  command->add_option("--ranks", options->element.ranks, "Ranks (default: of the submission)")
      ->type_name("R")
      ->check(CLI::Range(1U, kMaxRanks));
  command
      ->add_option("--grace", options->grace_seconds,
                   "Seconds from a stop signal until SIGTERM (default: 20); SIGKILL 5 s later")
      ->type_name("S")
      ->check(CLI::Range(std::int64_t{0}, kMaxGraceSeconds));
  command->add_option("--with-parent", options->element.parent, "Stop when this parent is gone")
      ->group("");  // for `tally launch` only
  command->callback([&chosen, options] { chosen = [options] { return supervise(*options); }; });
}

}  // namespace tally::cli
