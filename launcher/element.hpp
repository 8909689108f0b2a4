#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "core/base/ids.hpp"
#include "launcher/process.hpp"

namespace tally::launcher {

struct ElementOptions {
  std::filesystem::path run;
  ElementId element;
  std::uint32_t ranks = 0;         ///< 0: as the submission says.
  std::chrono::seconds grace{20};  ///< From a stop signal to SIGTERM; SIGKILL follows 5 s later.
  pid_t parent = 0;                ///< When not 0: stop as soon as this parent process is gone.
};

/// Supervises one element until its processes are gone, and returns its exit code:
/// 0 when nothing of the element's interval set is left to do, whatever the processes said;
/// otherwise the worker's own 64, 65, 66, 69, 70, 74 or 78; otherwise 75.
/// May run as PID 1. Throws Error(usage) for an element that the newest submission does not have,
/// Error(missing | data | io) when the run cannot be read.
[[nodiscard]] int run_element(const ElementOptions& options);

/// The exit code of an element that has work left, from how its processes ended.
[[nodiscard]] int unfinished_code(const ExitStatus& status);

}  // namespace tally::launcher
