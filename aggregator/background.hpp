#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace tally::aggregator {

/// Runs jobs one after another on a thread of its own, so that its owner can go on. After a job has
/// failed the others are dropped, and the failure is thrown to the owner. For one owning thread.
class Background {
 public:
  Background();
  /// Waits for the job that is running; drops the others.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Waits while many jobs wait. Throws what an earlier job threw, then and ever after.
  void run(std::function<void()> job);
  /// Waits until all jobs are done. Throws like run().
  void drain();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;  // the first one is running
  std::exception_ptr failure_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace tally::aggregator
