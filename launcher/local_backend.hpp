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

/// Runs elements on this machine, each as a `tally element` process. An element that ends with 69,
/// 74 or 75 is started again (crashed rank, service away), up to `starts`.
///
/// While submit() runs, submit/local.json names the process; TERM, INT, HUP, USR1 or USR2 stop it:
/// the signal goes on to the elements, which commit.
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
