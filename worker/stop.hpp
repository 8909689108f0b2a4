#pragma once
#include <atomic>

namespace tally::worker {

/// Set once, by a signal or a fatal error; read everywhere. Thread-safe.
class StopFlag {
 public:
  void request() noexcept { flag_.store(true, std::memory_order_release); }
  [[nodiscard]] bool requested() const noexcept { return flag_.load(std::memory_order_acquire); }
  /// Another rank is dead: who has committed leaves, and waits for nobody.
  void leave_alone() noexcept { alone_.store(true, std::memory_order_release); }
  [[nodiscard]] bool alone() const noexcept { return alone_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> alone_{false};
  std::atomic<bool> flag_{false};
};

}  // namespace tally::worker
