#pragma once
#include <string>
#include <utility>
#include <vector>

#include "worker/sandbox/program.hpp"

namespace tally::worker {

/// What of the host's root belongs into a sandbox: /usr whole, and /bin, /lib, ... as the links or
/// folders that they are here.
struct SystemFolder {
  std::string path;
  std::string link_target;  ///< Empty: a folder.
};
/// Looks at this host.
[[nodiscard]] std::vector<SystemFolder> system_folders();

/// The environment of every program, isolated or not, but for the folder names.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> program_environment(
    const std::string& home);

/// Descriptors that bubblewrap reads.
struct BubblewrapInputs {
  std::vector<std::pair<std::string, int>> files;  ///< Name under /tally/, content.
  int filter = -1;                                 ///< Compiled seccomp filter.
};

/// The command line of bubblewrap up to the program: every mount, in the order in which it must be
/// made, `--remount-ro /` last.
[[nodiscard]] std::vector<std::string> bubblewrap_arguments(
    const std::string& bubblewrap, const std::vector<SystemFolder>& system,
    const std::vector<std::string>& runtimes, const SandboxLimits& limits,
    const BubblewrapInputs& inputs);

}  // namespace tally::worker
