#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Whose limit was it? Where no group of its own has a memory limit, the kernel that runs short of
// memory (the job's, or the machine's) kills a program that is well within its own: it ends by
// SIGKILL, as one does that kills itself. What tells the two apart is that the kernel counts.

namespace tally::worker {

/// The files with a count "oom_kill": of the machine, of the group of version 2 `base` or the
/// nearest above it that has one, and of the group of version 1 that this process is in. `base` may
/// be empty; files that do not exist are left out.
[[nodiscard]] std::vector<std::string> oom_kill_files(const std::string& base);

/// A reading of the counts in `files`.
class OomKills {
 public:
  explicit OomKills(const std::vector<std::string>& files);
  /// Whether any of them has grown since `earlier`, a reading of the same files.
  [[nodiscard]] bool more_than(const OomKills& earlier) const;

 private:
  std::vector<std::uint64_t> counts_;
};

}  // namespace tally::worker
