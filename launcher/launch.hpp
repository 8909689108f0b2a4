#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "launcher/run_local.hpp"

namespace tally::launcher {

struct LaunchOptions {
  std::filesystem::path config;
  std::vector<Override> overrides;
  std::uint64_t limit = 0;  ///< Docs per dataset; 0: all.
  std::filesystem::path output_dir = "runs";
  GeometryWish wish;
};

/// Plans, creates `<output_dir>/<run.id>`, writes the first submission and runs it here.
/// Throws Error(usage) when the run directory exists, and as load_run_config(), build_plan() and
/// run_local(); nothing was written unless the plan was good.
[[nodiscard]] RunReport launch(const LaunchOptions& options);

/// What launch() would do: nothing is written.
struct DryRun {
  std::filesystem::path root;
  Submission submission;
  std::vector<Command> elements;  ///< One per element, as the backend starts them.
  std::vector<Command> ranks;     ///< What each of those starts.
  Command aggregate;
};
[[nodiscard]] DryRun dry_run(const LaunchOptions& options);
/// One JSON object; shell lines for people.
[[nodiscard]] std::string dry_run_json(const DryRun& dry);
[[nodiscard]] std::string dry_run_text(const DryRun& dry);

}  // namespace tally::launcher
