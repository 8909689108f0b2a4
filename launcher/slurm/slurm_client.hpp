#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "launcher/capture.hpp"
#include "launcher/slurm/job_state.hpp"

namespace tally::launcher {

/// Limits of a site; what it does not tell is as Slurm's own defaults.
struct SiteLimits {
  std::uint32_t max_array = 1001;  ///< MaxArraySize: tasks 0 .. max_array-1.
  std::uint32_t max_submit = 0;    ///< Jobs a user may have queued; 0: no limit known.
};

/// Reads MaxArraySize and MaxJobCount from `scontrol show config`.
[[nodiscard]] SiteLimits parse_limits(std::string_view config);
/// The smallest MaxSubmitJobs in `sacctmgr show assoc` lines; 0 when none is set.
[[nodiscard]] std::uint32_t parse_max_submit(std::string_view associations);
/// MaxSubmitJobs of the calling user's associations; 0 where there is none, or no accounting.
[[nodiscard]] std::uint32_t own_max_submit();
/// Whether Slurm refused because the user would have too many jobs in the queue.
[[nodiscard]] bool is_submit_limit(std::string_view words);
/// Whether these words mean that the controller did not answer, so that asking again may help.
[[nodiscard]] bool is_controller_away(std::string_view words);

/// Slurm's command line programs. While the controller does not answer, calls are repeated with
/// growing pauses for `patience`; then Error(unavailable). Not thread-safe.
class SlurmClient {
 public:
  explicit SlurmClient(std::chrono::seconds patience) : patience_(patience) {}

  /// The queue's lines of the run with `token`, jobs of user `owner`. One call of squeue.
  [[nodiscard]] std::vector<QueueLine> queue(const std::string& token, uid_t owner) const;
  /// What accounting knows of `jobs` of the run with `token`; nothing when there is no accounting.
  /// One call of sacct.
  [[nodiscard]] std::vector<JobTask> accounting(const std::vector<std::string>& jobs,
                                                const std::string& token) const;
  [[nodiscard]] SiteLimits limits() const;

  /// Submits and returns the job's id. When an answer was lost, the job is looked for by its name
  /// before it is submitted again. Throws Error(config) with Slurm's words when it refuses.
  [[nodiscard]] std::string submit(const Command& command, const JobName& name,
                                   const std::string& token) const;
  /// sbatch --test-only: whether Slurm would take it, in its words. Throws as submit().
  std::string test(Command command) const;
  /// Cancels jobs that may have ended already. Throws Error(io) when Slurm refuses.
  void cancel(const std::vector<std::string>& jobs) const;

 private:
  [[nodiscard]] Captured ask(const Command& command) const;
  [[nodiscard]] std::vector<QueueLine> queue_with(const std::vector<std::string>& options,
                                                  const std::string& token, uid_t owner) const;
  /// Id of the job of that name, which may have ended since; empty when there is none.
  [[nodiscard]] std::string queued_job(const JobName& name, const std::string& token) const;
  [[nodiscard]] bool is_away(const Captured& captured) const;
  std::chrono::seconds patience_;
  mutable bool was_away_ = false;  // its nodes may not have come back yet
};

/// Calls `attempt` until it gives no complaint, with pauses of 1, 2, 4, 8, 8, ... s, for
/// `patience`; logs the complaint before each pause. False when the last call still complained.
[[nodiscard]] bool try_patiently(std::chrono::seconds patience,
                                 const std::function<std::optional<std::string>()>& attempt);

}  // namespace tally::launcher
