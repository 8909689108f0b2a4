#pragma once
#include <filesystem>
#include <string>

#include "core/plan/plan.hpp"

namespace tally {

/// The folders of one run. Layout: docs/formats.md#run-directory. Paths only: nothing is created
/// except by create().
class RunDir {
 public:
  explicit RunDir(std::filesystem::path root) : root_(std::move(root)) {}

  /// Makes the whole directory for a new run: built under a temporary name beside `root`, then one
  /// rename, so a run directory is whole or absent. `config_text` becomes run.yaml verbatim.
  /// Throws Error(usage) "... exists; use `tally resume`" when `root` exists; Error(io).
  static RunDir create(const std::filesystem::path& root, const Plan& plan,
                       const std::string& config_text);
  /// Throws Error(missing) unless `root` holds a plan.json.
  static RunDir open(const std::filesystem::path& root);

  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }
  [[nodiscard]] std::filesystem::path config() const { return root_ / "run.yaml"; }
  [[nodiscard]] std::filesystem::path plan() const { return root_ / "plan.json"; }
  [[nodiscard]] std::filesystem::path submit() const { return root_ / "submit"; }
  [[nodiscard]] std::filesystem::path shards() const { return root_ / "shards"; }
  [[nodiscard]] std::filesystem::path temp() const { return root_ / "temp"; }
  [[nodiscard]] std::filesystem::path progress() const { return root_ / "progress"; }
  [[nodiscard]] std::filesystem::path logs() const { return root_ / "logs"; }
  [[nodiscard]] std::filesystem::path quarantine() const { return root_ / "quarantine"; }
  [[nodiscard]] std::filesystem::path results() const { return root_ / "results"; }

 private:
  std::filesystem::path root_;
};

}  // namespace tally
