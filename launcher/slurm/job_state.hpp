#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/slurm/job_name.hpp"

// What squeue and sacct say, as text (stable over versions, unlike their JSON), in one vocabulary.
// Pure: parsing only.

namespace tally::launcher {

/// Where a job stands, whatever Slurm's word for it.
enum class JobState {
  waiting,
  running,
  stopping,
  completed,
  failed,
  cancelled,
  interrupted,
  unknown
};

/// waiting: PENDING and its kin; stopping: COMPLETING; failed: FAILED, OUT_OF_MEMORY, ...;
/// interrupted: TIMEOUT, PREEMPTED, NODE_FAIL, BOOT_FAIL, REVOKED. Anything else is unknown.
[[nodiscard]] JobState job_state(std::string_view slurm_word);
/// "waiting", "running", ...
[[nodiscard]] std::string_view job_state_name(JobState state);
/// waiting, running or stopping: Slurm will still do something.
[[nodiscard]] bool is_live(JobState state);

/// One job or array task.
struct JobTask {
  std::string job;                    ///< Id of the job or array.
  std::optional<std::uint32_t> task;  ///< Of an array.
  JobState state = JobState::unknown;
  std::string word;    ///< Slurm's own: "PENDING".
  std::string reason;  ///< Why it is pending: "Priority"; or "exit 1:0". May be empty.

  /// Whether it ended by itself with an exit code that says "unfinished" (docs/failure.md): 75, or
  /// any without a meaning, as one in place of 75 where the site's RequeueExit has that.
  [[nodiscard]] bool is_unfinished() const;
};

/// Tasks of one queue line, and whose they are.
struct QueueLine {
  JobName name;
  std::vector<JobTask> tasks;
  std::optional<std::chrono::seconds> limit;  ///< Of their time; absent when there is none.
};

/// The format argument of squeue that parse_queue() reads.
inline constexpr const char* kQueueFormat = "%F|%K|%T|%r|%j|%l";
/// A time limit of squeue: "3:00", "1-00:00:00"; nullopt for UNLIMITED and its like.
[[nodiscard]] std::optional<std::chrono::seconds> queue_time_limit(std::string_view text);
/// Lines of other runs are skipped; a line of another form is skipped too: it is not ours.
[[nodiscard]] std::vector<QueueLine> parse_queue(std::string_view text, std::string_view token);

/// The fields of sacct that parse_accounting() reads.
inline constexpr const char* kAccountingFields = "JobID,State,ExitCode,JobName";
/// In the order of the text: of several lines for one task the last is the newest start. Lines of
/// other runs are skipped: a controller that lost its state hands job ids out again.
[[nodiscard]] std::vector<JobTask> parse_accounting(std::string_view text, std::string_view token);

/// Whether a pending job with this reason can never start by itself. The sentence says what to do.
[[nodiscard]] std::optional<std::string> never_starts(std::string_view reason);

}  // namespace tally::launcher
