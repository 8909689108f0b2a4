#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
#include "core/plan/run_dir.hpp"

namespace tally {

/// What an element says of itself every second or so: progress/e00012.json. Display only: nothing
/// is decided from it but whether an element still lives.
struct Progress {
  ElementId element;
  AttemptId attempt;
  std::string state = "running";  ///< running | stopping | done | incomplete | failed
  std::string host;
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;  ///< Of `pid`, as in ProcessIdentity; 0: not said.
  std::uint32_t ranks = 1;
  std::uint64_t planned = 0;                ///< Items this attempt had to do at its start.
  std::uint64_t done = 0;                   ///< Items finished by this attempt, committed or not.
  std::uint64_t committed = 0;              ///< Items committed by this attempt.
  std::array<std::uint64_t, 6> outcomes{};  ///< Of `done`, by Outcome.
  double rate = 0.0;                        ///< Items per second, last ~30 s.
  double eta_seconds = -1.0;                ///< Negative: unknown.
  double started_unix = 0.0;
  double heartbeat_unix = 0.0;
  std::string message;  ///< E.g. "rank 1 (node7, pid 4711): no progress for 120 s".
};

/// Replaces the file in one step; never throws (a progress file is not worth a run).
bool write_progress(const RunDir& run, const Progress& progress) noexcept;
/// Whether `state` is a last one: done, incomplete or failed.
[[nodiscard]] bool is_over(const Progress& progress);
/// Of one element; nullopt when the file is absent or damaged.
[[nodiscard]] std::optional<Progress> read_progress(const RunDir& run, ElementId element);
/// Every readable progress file, by element; damaged ones are skipped.
[[nodiscard]] std::vector<Progress> read_progress(const RunDir& run);

}  // namespace tally
