#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace tally {

/// What /proc/PID/stat says of a process, proc(5).
struct ProcStat {
  char state = '?';  ///< R, S, D, T, ...; Z and X have ended.
  pid_t parent = 0;
  std::uint64_t start_ticks = 0;  ///< Field 22: clock ticks since boot.
  [[nodiscard]] bool has_ended() const noexcept { return state == 'Z' || state == 'X'; }
};

/// nullopt when there is no such process.
[[nodiscard]] std::optional<ProcStat> read_proc_stat(pid_t pid);

}  // namespace tally
