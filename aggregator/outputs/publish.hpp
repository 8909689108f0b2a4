#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "core/base/digest.hpp"

// Results are published as a whole, in order: 1) results/.new-<pid>/ is filled and every file
// fsynced; 2) SHA256SUMS is written last; 3) the directory is renamed to the first 16 hex digits of
// that file's SHA-256, so equal results have equal names; 4) results/ is fsynced; 5) the symbolic
// link results/current is replaced in one step. The results before these stay, older ones go.

namespace tally::aggregator {

/// A directory of results in the making. Removed by the destructor unless published.
class NewResults {
 public:
  /// Removes what dead aggregators left and makes an empty directory. The caller holds the lock.
  /// Throws Error(io).
  explicit NewResults(const std::filesystem::path& results);
  ~NewResults();
  NewResults(const NewResults&) = delete;
  NewResults& operator=(const NewResults&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Publishes; `digests` names every file written but SHA256SUMS. Each was fsynced.
  /// Returns the final directory. Throws Error(io).
  std::filesystem::path publish(const std::map<std::string, Digest>& digests);

 private:
  std::filesystem::path results_;
  std::filesystem::path path_;
};

/// Removes unfinished results (.new-*, .old-*, .current-*). Never throws.
void remove_unfinished(const std::filesystem::path& results) noexcept;

}  // namespace tally::aggregator
