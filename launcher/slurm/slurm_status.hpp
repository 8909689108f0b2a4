#pragma once
#include "core/plan/plan.hpp"
#include "core/plan/run_dir.hpp"
#include "launcher/run_status.hpp"
#include "launcher/slurm/job_state.hpp"
#include "launcher/slurm/submit_record.hpp"

namespace tally::launcher {

/// Adds what Slurm knows of the newest submission to `status`, and which jobs of older ones are in
/// its queue: one call of squeue and one of sacct. What is done is the coverage's to say; Slurm
/// tells what waits, runs or was ended. Without an answer (no Slurm here, controller away) a note
/// says so and the states stay as they were.
void add_slurm(RunStatus& status, const RunDir& run, const Plan& plan);

/// Lays what was heard over the elements; pure. `past` are sacct's words, `queue` squeue's: only
/// the queue tells what waits or runs. Accounting keeps a job's last word for ever when a
/// controller lost it.
struct SlurmWords {
  std::vector<QueueLine> queue;
  std::vector<JobTask> past;
  std::optional<SubmitRecord> record;
};
void lay_over(RunStatus& status, const SlurmWords& words);

}  // namespace tally::launcher
