#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/plan/coverage.hpp"
#include "core/plan/progress.hpp"
#include "core/plan/run_dir.hpp"
#include "core/plan/submission.hpp"

namespace tally::launcher {

/// A heartbeat older than this many seconds means nobody answers any more.
inline constexpr double kHeartbeatLimit = 30.0;

/// Whether the processes behind `progress` can still be at work: it says running or stopping, the
/// heartbeat is young, and on this host the process exists (not only one that got its pid).
[[nodiscard]] bool is_alive(const Progress& progress, double now_unix);

/// One element of the newest submission.
struct ElementStatus {
  ElementId element;
  /// waiting | running | stopping | lost | done | incomplete | failed | cancelled
  std::string state;
  std::string job;             ///< On Slurm: "123_4". Empty when it is not known there.
  std::string scheduler;       ///< On Slurm: its own word and reason, "PENDING (Priority)".
  std::uint64_t items = 0;     ///< It owns.
  std::uint64_t recorded = 0;  ///< Of those, committed.
  std::uint64_t to_do = 0;     ///< Of those, to run (again).
  std::optional<Progress> progress;
};

/// What the run directory tells at one moment.
struct RunStatus {
  std::filesystem::path root;
  std::string run_id;
  std::uint64_t tasks = 0;
  std::uint64_t items = 0;
  std::uint64_t recorded = 0;  ///< Committed, of any outcome.
  std::uint64_t to_do = 0;     ///< Without a record, or failed with tries left.
  std::uint64_t given_up = 0;  ///< Failed without tries left.
  std::uint64_t shards = 0;
  std::uint64_t bytes = 0;
  std::vector<BadShard> bad;
  std::uint32_t submission = 0;  ///< Number of the newest one; 0: none.
  std::vector<ElementStatus> elements;
  double rate = 0.0;          ///< Items per second of the living elements.
  double eta_seconds = -1.0;  ///< Negative: unknown.
  bool recorded_all = false;  ///< Every item has a record and none failed.
  bool complete = false;      ///< recorded_all, and the published results say so too.
  bool running = false;       ///< At least one element lives.
  bool queued = false;    ///< At least one waits in a scheduler's queue, or the aggregate is there.
  std::string aggregate;  ///< On Slurm: the aggregate's job and word.
  std::vector<std::string> notes;  ///< What a person should know: jobs that never start, no answer.
};

/// Reads progress files and shard headers (no shard is hashed: for display). After a submission to
/// Slurm it also asks squeue and sacct, once each; without an answer the run's own files count.
/// Throws as load_plan().
[[nodiscard]] RunStatus read_status(const RunDir& run, double now_unix);

/// Seconds since the epoch.
[[nodiscard]] double unix_now();
/// Compact JSON object. Keys: docs/operations.md#status.
[[nodiscard]] std::string status_json(const RunStatus& status);
/// A table for people.
[[nodiscard]] std::string status_text(const RunStatus& status);
/// "0:07", "1:02:03"; "?" when negative.
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace tally::launcher
