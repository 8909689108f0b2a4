#pragma once
#include <functional>

#include "launcher/backend.hpp"

namespace tally::launcher {

struct LocalOptions {
  std::uint32_t side_by_side = 1;         ///< Elements at once.
  std::uint32_t starts = 1;               ///< How often an unfinished element is started, at most.
  std::chrono::milliseconds pause{1000};  ///< Before the second start; doubles with each.
  std::function<void()> tick = [] {};     ///< Called a few times a second: progress.
};

/// Names this process in submit/local.json as the launch at work, as long as it lives: from before
/// the first element until the results are published. Takes away no record but its own.
class LaunchRecord {
 public:
  /// Throws Error(io).
  explicit LaunchRecord(const RunDir& run);
  ~LaunchRecord();
  LaunchRecord(const LaunchRecord&) = delete;
  LaunchRecord& operator=(const LaunchRecord&) = delete;

 private:
  std::filesystem::path file_;
  ProcessIdentity own_ = own_identity();
};

/// Runs elements on this machine, each as a `tally element` process. An element that ends with 69,
/// 74 or 75 is started again (crashed rank, service away), up to `starts`.
///
/// TERM, INT, HUP, USR1 or USR2 stop submit(): the signal goes on to the elements, which commit.
/// cancel() and at_work() are about the process of the LaunchRecord.
class LocalBackend final : public Backend {
 public:
  explicit LocalBackend(LocalOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::vector<Command> render(const RunDir& run,
                                            const Submission& submission) const override;
  [[nodiscard]] SubmissionResult submit(const RunDir& run, const Submission& submission) override;
  [[nodiscard]] std::optional<std::string> at_work(const RunDir& run) const override;
  [[nodiscard]] Cancelled cancel(const RunDir& run, std::chrono::milliseconds timeout) override;

 private:
  LocalOptions options_;
};

}  // namespace tally::launcher
