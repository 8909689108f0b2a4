#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/config/submit_spec.hpp"
#include "core/plan/run_dir.hpp"
#include "launcher/process.hpp"
#include "launcher/slurm/array_parts.hpp"

// The commands that hand a submission to Slurm. All that a person can choose travels as arguments
// of sbatch and of the script, never as text of a script. Pure.

namespace tally::launcher {

/// What the commands of one submission have in common.
struct SlurmSubmission {
  std::filesystem::path root;  ///< The run directory, absolute.
  std::string run_id;
  std::string token;  ///< run_token().
  std::uint32_t number = 0;
  std::uint32_t ranks = 1;
  std::uint32_t attempts = 3;  ///< Starts of an element at most.
  SubmitSpec spec;
  std::filesystem::path programs;   ///< Folder of tally, tally-worker and aggregate.
  std::filesystem::path array;      ///< The script array.sbatch, or the person's own.
  std::filesystem::path aggregate;  ///< The script aggregate.sbatch, or the person's own.
};

/// Refuses what Slurm would take and nobody wants: hooks that are not there, a stop that may
/// come as soon as the ranks start, options in `extra` that are the launcher's own. Throws
/// Error(missing) for a hook, else Error(config).
void check_submission(const SlurmSubmission& submission);

/// `after`: job ids that must have ended. Throws Error(config) when Slurm cannot take the run's
/// path as the place of its logs.
[[nodiscard]] Command array_command(const SlurmSubmission& submission, const ArrayPart& part,
                                    const std::vector<std::string>& after);
[[nodiscard]] Command aggregate_command(const SlurmSubmission& submission,
                                        const std::vector<std::string>& after);

/// logs/<name> of the run as a pattern for sbatch's --output: a '%' of the path is doubled.
/// Throws Error(config) for a backslash, which Slurm takes for an order not to expand anything,
/// and for control characters.
[[nodiscard]] std::string log_pattern(const std::filesystem::path& root, const std::string& name);

}  // namespace tally::launcher
