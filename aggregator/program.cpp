#include "aggregator/program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "aggregator/child.hpp"
#include "aggregator/supervisor.hpp"
#include "aggregator/waiting.hpp"
#include "core/base/error.hpp"

namespace tally::aggregator {

int aggregate(const Options& options) {
  if (options.timeout_seconds > 0 && !options.wait && !options.follow) {
    throw Error(Errc::usage, "--timeout: found neither --wait nor --follow, expected one of them");
  }
  if (options.child_of != 0)
    return run_child(options.run, {options.child_of, options.json, options.alone});
  const RunDir run = RunDir::open(options.run);
  const Plan plan = load_plan(run.plan());  // refused before anything is made in the run
  if (options.wait || options.follow) {
    Waiting waiting;
    waiting.follow = options.follow;
    if (options.timeout_seconds > 0)
      waiting.timeout = std::chrono::seconds(options.timeout_seconds);
    wait_for_run(run, plan, waiting);
  }
  Supervision supervision;
  // Not argv[0]: the child must be this very program, wherever it was started from.
  supervision.command = {"/proc/self/exe", "--child-of", fmt::format("{}", ::getpid())};
  if (options.json) supervision.command.push_back("--json");
  supervision.again = supervision.command;
  supervision.again.push_back("--alone");
  for (auto* command : {&supervision.command, &supervision.again})
    command->insert(command->end(), {"--", options.run.string()});
  return supervise(run, supervision);
}

}  // namespace tally::aggregator
