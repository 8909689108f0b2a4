#pragma once
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>

#include "worker/committer.hpp"
#include "worker/counters.hpp"
#include "worker/signals.hpp"
#include "worker/start.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// What every rank has: the stop flag and its watch from the very start, the committer as soon as
/// the plan is known. Ties the stop to the commit. Thread-safe.
class RankState {
 public:
  /// `end_process` does not return; it is called with an exit code when the grace is over.
  /// `on_alone` is called when another rank is known to be dead.
  RankState(std::chrono::milliseconds grace, std::function<void(int)> end_process,
            std::function<void()> on_alone = {});

  ~RankState();  ///< Abandons what was not committed.
  RankState(const RankState&) = delete;
  RankState& operator=(const RankState&) = delete;

  /// Call once. `interval` and `records` come from the plan.
  void open_committer(const Start& start, RankId rank);
  /// Called once at a stop, besides committing; replaces what was set. Called now if it is too
  /// late.
  void on_stop(std::function<void()> action);
  /// Stores the first failure of a helper thread and stops. check_failure() throws it.
  void fail(std::exception_ptr failure);
  void check_failure() const;
  /// Commits what there is, as far as that works in `limit`, and ends the process: 75, or 74 when
  /// it did not work. For a rank whose compute thread does not come back.
  void commit_and_end(std::chrono::milliseconds limit) noexcept;

  [[nodiscard]] const StopFlag& stop() const noexcept { return stop_; }
  [[nodiscard]] StopWatch& watch() noexcept { return watch_; }
  [[nodiscard]] Counters& counters() noexcept { return counters_; }
  [[nodiscard]] Committer& committer() noexcept { return *committer_; }

 private:
  void stopped();

  StopFlag stop_;
  Counters counters_;
  std::function<void(int)> end_process_;
  mutable std::mutex mutex_;
  std::function<void()> action_;
  std::exception_ptr failure_;
  bool stop_seen_ = false;
  std::shared_ptr<Committer> committer_;
  StopWatch watch_;  // last: its thread uses the rest
};

}  // namespace tally::worker
