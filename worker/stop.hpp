#pragma once
#include <atomic>

namespace tally::worker {

/// Set once, by a signal or a fatal error; read everywhere. Thread-safe.
class StopFlag {
 public:
  void request() noexcept { flag_.store(true, std::memory_order_release); }
  [[nodiscard]] bool requested() const noexcept { return flag_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> flag_{false};
};

}  // namespace tally::worker
