#pragma once
#include <cstdint>
#include <filesystem>

namespace tally::aggregator {

/// The command line of `aggregate`.
struct Options {
  std::filesystem::path run;
  bool follow = false;
  bool wait = false;
  bool json = false;
  std::uint32_t timeout_seconds = 0;  ///< Of --wait and --follow; 0: no limit.
  int child_of = 0;                   ///< Hidden: pid of the supervisor this child belongs to.
  bool alone = false;                 ///< Hidden: ChildOptions::alone.
};

/// Waits when asked to, then aggregates under supervision; or is the child that does the work.
/// Returns the exit code (docs/failure.md). Throws Error; Error(usage) for a timeout without a
/// wait.
int aggregate(const Options& options);

}  // namespace tally::aggregator
