#pragma once
#include <sys/types.h>

#include <chrono>
#include <set>
#include <vector>

namespace tally::launcher {

/// From now on, descendants whose parent dies become our children (as they would be of PID 1), so
/// ranks that outlive their mpirun stay in reach.
void adopt_orphans();

/// Our children right now, ended ones that nobody reaped included.
[[nodiscard]] std::vector<pid_t> child_pids();

/// Children of any process that have not ended. Cheap enough to ask twice a second.
[[nodiscard]] std::vector<pid_t> living_children(pid_t parent);

/// Ends and reaps every child that is not in `except`: SIGUSR1 first, so that ranks commit, SIGKILL
/// after `grace`. Returns when none is left, at the latest 5 s after the first kill.
void end_children(const std::set<pid_t>& except, std::chrono::milliseconds grace);

}  // namespace tally::launcher
