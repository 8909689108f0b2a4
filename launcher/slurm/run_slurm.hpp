#pragma once
#include "launcher/run_local.hpp"
#include "launcher/slurm/slurm_backend.hpp"

namespace tally::launcher {

/// Hands `submission` to Slurm and returns: `result.jobs` are queued, the exit code is 0, or 69
/// when Slurm says that a job will never start. Throws as SlurmBackend::submit().
[[nodiscard]] RunReport run_slurm(const RunDir& run, const Plan& plan, SlurmBackend& backend,
                                  const Submission& submission);

}  // namespace tally::launcher
