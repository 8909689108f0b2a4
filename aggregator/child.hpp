#pragma once
#include <sys/types.h>

#include <filesystem>

namespace tally::aggregator {

/// The descriptor of the board where the child names the shard it parses, and the one of the lock.
inline constexpr int kBoardFd = 3;
inline constexpr int kLockFd = 4;

struct ChildOptions {
  pid_t supervisor = 0;
  bool json = false;   ///< Print summary.json, not the report.
  bool alone = false;  ///< ShardChannel::alone().
};

/// What the supervised child does: limits its memory, aggregates, prints the report to stdout. Dies
/// with its supervisor. Returns the exit code: 0 complete, 75 not. Throws Error.
int run_child(const std::filesystem::path& run_directory, const ChildOptions& options);

}  // namespace tally::aggregator
