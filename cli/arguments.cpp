#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

namespace tally::cli {
namespace {

constexpr std::uint64_t kMaxLimit = std::uint64_t{1} << 62U;

}  // namespace

void ConfigArguments::add_to(CLI::App& command) {
  command.add_option("config", config, "The run.yaml")->required()->type_name("RUN.YAML");
  // Not "override": CLI11 2.4 takes that for the option below.
  command.add_option("overrides", bare, "Set a config key: a.b.c=value, a.b.c=1,2,3 sweeps")
      ->type_name("KEY=VALUE");
  command.add_option("-O,--override", options, "As above, may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("--limit", limit, "Use the first N docs of each dataset (0: all)")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{0}, kMaxLimit));  // else -1 would wrap around
}

std::vector<Override> ConfigArguments::overrides() const {
  std::vector<Override> parsed;
  for (const auto& texts : {bare, options}) {
    for (const std::string& text : texts) parsed.push_back(parse_override(text));
  }
  return parsed;
}

void add_workers(CLI::App& command, launcher::GeometryWish& wish) {
  command.add_option("--workers", wish.workers, "Ranks running at once (default: half the cores)")
      ->type_name("N")
      ->check(CLI::Range(1U, 100000U));
  command.add_flag("--sequential", wish.sequential, "One rank, one element at a time");
}

void add_backend(CLI::App& command, std::string& backend, const char* help) {
  command.add_option("--on", backend, help)
      ->type_name("BACKEND")
      ->check(CLI::IsMember({"local", "slurm"}));
}

void add_json(CLI::App& command, bool& json) { command.add_flag("--json", json, "Print JSON"); }

void add_run(CLI::App& command, std::filesystem::path& run) {
  command.add_option("run", run, "The run directory")->required()->type_name("RUN");
}

void print_line(const std::string& text) {
  std::cout << text;
  if (text.empty() || text.back() != '\n') std::cout << '\n';
}

}  // namespace tally::cli
