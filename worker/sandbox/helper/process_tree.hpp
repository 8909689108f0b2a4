#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tally::worker {

/// One process as /proc/<pid>/stat shows it.
struct ProcessStat {
  pid_t pid = 0;
  pid_t parent = 0;
  bool zombie = false;          ///< All of it has ended; its first thread alone may end before.
  std::uint64_t cpu_ticks = 0;  ///< Own and of the children it has waited for.
  std::uint32_t threads = 0;
};

/// Parses /proc/<pid>/stat; a name may hold any byte. False when it is not such a line.
[[nodiscard]] bool parse_stat(std::string_view text, ProcessStat& stat);

/// RssAnon + RssShmem of /proc/<pid>/status in bytes; 0 when it shows none (its thread has ended).
[[nodiscard]] std::uint64_t parse_resident(std::string_view status);

/// What a tree uses now.
struct TreeUse {
  std::uint64_t memory = 0;  ///< Bytes.
  std::uint64_t cpu_us = 0;
  std::uint32_t tasks = 0;  ///< Threads, and zombies that are theirs to reap as one each.
};

/// The processes below `root`, nearest first, `root` not among them. Reads all of /proc.
[[nodiscard]] std::vector<ProcessStat> descendants(pid_t root);

/// Their use. Processes that end meanwhile count as nothing. A zombie that `reaper` has not got to
/// yet is no task of theirs, though its processor time is.
[[nodiscard]] TreeUse use_of(const std::vector<ProcessStat>& processes, pid_t reaper);

/// The second number of a schedstat line, "on_cpu_ns waiting_ns slices", in us; 0 when it is none.
[[nodiscard]] std::uint64_t parse_waiting(std::string_view schedstat);

/// The longest time that a thread of theirs has been ready to run without a processor; 0 where the
/// kernel does not say.
[[nodiscard]] std::uint64_t waited_us(const std::vector<ProcessStat>& processes);

}  // namespace tally::worker
