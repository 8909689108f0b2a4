#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "worker/sandbox/sandbox.hpp"
#include "worker/sandbox/supervisor_process.hpp"

namespace tally::worker {

/// The supervisors that nobody uses just now. Thread-safe.
class Sandbox::Pool {
 public:
  Pool(Mode mode, std::filesystem::path helper) : mode_(mode), helper_(std::move(helper)) {}

  /// Ends the supervisors, and has what they could not remove themselves removed.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Runs a request on a supervisor that is free, or on a new one. Never throws for what befalls
  /// either. Nothing is started once `stop` is set.
  [[nodiscard]] SandboxResponse run(const SandboxRequest& request, const StopFlag& stop);

  [[nodiscard]] Mode mode() const { return mode_; }
  [[nodiscard]] const std::filesystem::path& helper() const { return helper_; }

 private:
  std::unique_ptr<SupervisorProcess> take();

  const Mode mode_;
  const std::filesystem::path helper_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SupervisorProcess>> idle_;
  bool used_ = false;
};

/// The first executable bwrap in PATH. Throws Error(unavailable).
[[nodiscard]] std::string find_bubblewrap();

}  // namespace tally::worker
