#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "launcher/run_local.hpp"

namespace tally::launcher {

struct LaunchOptions {
  std::string on = "local";  ///< local | slurm.
  std::filesystem::path config;
  std::vector<Override> overrides;
  std::uint64_t limit = 0;  ///< Docs per dataset; 0: all.
  std::filesystem::path output_dir = "runs";
  GeometryWish wish;
};

/// Plans, creates `<output_dir>/<run.id>`, writes the first submission and runs it here, or queues
/// it. Throws Error(usage) when the run directory exists, and as load_run_config(), build_plan(),
/// run_local() and SlurmBackend::submit(); nothing was written unless the plan was good and the
/// scheduler would take it.
[[nodiscard]] RunReport launch(const LaunchOptions& options);

/// What launch() would do: nothing is written.
struct DryRun {
  std::filesystem::path root;
  Submission submission;
  std::vector<Command> commands;  ///< As the backend starts them, but the aggregate.
  std::vector<Command> ranks;     ///< Local: what each of those starts.
  Command aggregate;
  std::vector<std::filesystem::path> scripts;  ///< Slurm: what sbatch is given.
  std::string answer;                          ///< Slurm: its words, when it was asked.
};
/// `ask`: Slurm is asked whether it would take the submission (sbatch --test-only).
[[nodiscard]] DryRun dry_run(const LaunchOptions& options, bool ask = false);
/// One JSON object; shell lines for people.
[[nodiscard]] std::string dry_run_json(const DryRun& dry);
[[nodiscard]] std::string dry_run_text(const DryRun& dry);

}  // namespace tally::launcher
