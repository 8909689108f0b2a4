#include <CLI/CLI.hpp>

#include "aggregator/program.hpp"
#include "core/base/error.hpp"
#include "core/base/tool_main.hpp"

namespace {

int run(int argc, char** argv) {
  CLI::App app{"Merge the shards of a run into verified results"};
  tally::aggregator::Options options;
  app.add_option("run", options.run, "Run directory")->required();
  app.add_flag(
      "--wait", options.wait,
      "First wait until nothing is left to do or nothing can be at work any more: no element, and "
      "no local launch; elements in Slurm's queue that have not started yet are waited for");
  app.add_flag("--follow", options.follow, "Like --wait, and show the progress on stderr");
  app.add_flag("--json", options.json, "Print summary.json instead of the report");
  app.add_option("--timeout", options.timeout_seconds,
                 "Of --wait and --follow: wait no longer than this many seconds")
      ->check(CLI::Range(1U, 100'000'000U));
  app.add_option("--child-of", options.child_of)->group("");  // hidden: started by ourselves
  app.add_flag("--alone", options.alone)->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(tally::Errc::usage);
  }
  return tally::aggregator::aggregate(options);
}

}  // namespace

int main(int argc, char** argv) {
  return tally::tool_main("aggregate", [&] { return run(argc, argv); });
}
