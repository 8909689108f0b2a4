#pragma once
#include <filesystem>
#include <vector>

#include "core/base/ids.hpp"
#include "core/plan/run_dir.hpp"

namespace tally::launcher {

/// The log of an element of the newest submission, wherever it ran; the file may not be there yet.
/// Throws Error(usage) for an element that the submission does not have, Error(missing | data).
[[nodiscard]] std::filesystem::path log_of(const RunDir& run, ElementId element);

/// All logs of the run that are there, sorted by name.
[[nodiscard]] std::vector<std::filesystem::path> all_logs(const RunDir& run);

}  // namespace tally::launcher
