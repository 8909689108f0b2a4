#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/ids.hpp"
#include "core/plan/run_dir.hpp"
#include "launcher/process.hpp"

namespace tally::launcher {

/// Seconds mpirun leaves the other ranks to commit after one has ended badly.
inline constexpr int kRankGraceSeconds = 20;

/// The command that runs one element: `worker` alone for one rank, under mpirun otherwise.
/// `as_root` adds what Open MPI wants to see before it runs for uid 0. Pure. Works with Open MPI 4
/// and 5.
[[nodiscard]] Command worker_command(const std::filesystem::path& worker, const RunDir& run,
                                     ElementId element, std::uint32_t ranks, bool as_root);

/// logs/e00012.log of the run.
[[nodiscard]] std::filesystem::path element_log(const RunDir& run, ElementId element);

}  // namespace tally::launcher
