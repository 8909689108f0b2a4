#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "worker/sandbox/program.hpp"

// The guard (`tally-sandbox --guard`) is the parent of one program. It is the first process of the
// program's namespace, where nothing inside can kill it, trace it or read its memory; without
// isolation it is the subreaper of what the program starts. In order:
//   1) set the limits of the kernel that pass on to the program; 2) start the program with nothing
//   open but its streams; 3) look at the tree every 25 ms, and wait for the program's end or for a
//   word of the supervisor; 4) kill and reap the whole tree; 5) say how it ended.

namespace tally::worker {

/// What a guard is told on its command line. Descriptors are numbers >= first_free_descriptor.
struct GuardOptions {
  bool isolated = true;
  int control = -1;                                    ///< A byte, or its end, ends the program.
  int status = -1;                                     ///< Takes GuardMessages.
  std::array<int, 6> streams{-1, -1, -1, -1, -1, -1};  ///< Of the program, by its own numbers.
  SandboxLimits limits;
  std::string private_folder;  ///< Without isolation: what to remove afterwards.
  std::vector<std::string> argv;
};

constexpr int first_free_descriptor = 16;

/// "--guard" and what follows it.
[[nodiscard]] std::vector<std::string> guard_arguments(const GuardOptions& options);
/// The inverse, without "--guard". Throws std::runtime_error.
[[nodiscard]] GuardOptions parse_guard_arguments(const std::vector<std::string>& arguments);

/// What ended the program.
enum class Cause : std::uint8_t { itself, cpu, wall, memory, files, processes, asked };

/// Written in one piece (smaller than PIPE_BUF) and read by the same program: no encoding needed.
struct GuardMessage {
  enum class Kind : std::uint8_t { started, unstartable, ended };
  Kind kind = Kind::started;
  Cause cause = Cause::itself;
  int value = 0;  ///< unstartable: errno; ended: wait status of the program.
  std::uint64_t wall_us = 0;
  std::uint64_t cpu_us = 0;
  std::uint64_t waited_us = 0;  ///< Of Cause::wall: ProgramResult::waited_seconds.
  std::uint64_t missed_us = 0;
  std::uint64_t peak_memory = 0;
};

/// The whole program. Returns its exit code.
int guard_main(const GuardOptions& options);

}  // namespace tally::worker
