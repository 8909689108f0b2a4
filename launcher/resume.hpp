#pragma once
#include <filesystem>

#include "launcher/run_local.hpp"

namespace tally::launcher {

struct ResumeOptions {
  std::filesystem::path run;
  GeometryWish wish;
  bool force = false;  ///< Also when elements seem to be at work still.
};

/// Does what is missing, in a new submission of any geometry; aggregates only when nothing is.
/// Throws Error(usage) while elements still run, Error(data) when shards belong to another plan
/// than plan.json holds (nothing is written then), and as run_local().
[[nodiscard]] RunReport resume(const ResumeOptions& options);

}  // namespace tally::launcher
