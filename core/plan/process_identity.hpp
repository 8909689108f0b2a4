#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/plan/run_dir.hpp"

namespace tally {

/// One process for good: a pid alone is reused, and is another process on another host or boot.
struct ProcessIdentity {
  std::string host;
  std::string boot_id;  ///< /proc/sys/kernel/random/boot_id.
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  ///< Field 22 of /proc/PID/stat: clock ticks since boot.
  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

[[nodiscard]] std::string host_name();
/// Of `pid` on this host; nullopt when there is no such process, or only its zombie.
[[nodiscard]] std::optional<ProcessIdentity> identify_process(pid_t pid);
/// Of ourselves.
[[nodiscard]] ProcessIdentity own_identity();

/// One JSON object, the form of submit/local.json.
[[nodiscard]] std::string to_json(const ProcessIdentity& process);
/// nullopt when the file is absent or is no such object.
[[nodiscard]] std::optional<ProcessIdentity> read_identity(const std::filesystem::path& file);

/// submit/local.json of the run: there while a local launch is at work, also while it aggregates,
/// and left behind when it was killed.
[[nodiscard]] std::filesystem::path local_record(const RunDir& run);

/// What became of end_process().
enum class Ended { was_gone, ended, still_there };

/// Sends SIGTERM to exactly this process of this host and waits until it is gone. The signal cannot
/// hit a later owner of the pid. Throws Error(io) when the system refuses (another user's process).
[[nodiscard]] Ended end_process(const ProcessIdentity& process, std::chrono::milliseconds timeout);

}  // namespace tally
