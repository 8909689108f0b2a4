#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "launcher/run_local.hpp"

namespace tally::launcher {

struct ResumeOptions {
  std::filesystem::path run;
  std::string on;                   ///< local | slurm; empty: as the last submission.
  std::vector<Override> overrides;  ///< Of `resources` and `slurm`.
  GeometryWish wish;
  bool force = false;  ///< Also when elements seem to be at work still.
};

/// Does what is missing, in a new submission of any geometry, here or on Slurm; aggregates only
/// when nothing is missing.
/// Throws Error(usage) while elements still run, Error(data) when shards belong to another plan
/// than plan.json holds (nothing is written then), and as launch().
[[nodiscard]] RunReport resume(const ResumeOptions& options);

}  // namespace tally::launcher
