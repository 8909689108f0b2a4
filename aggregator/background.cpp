#include "aggregator/background.hpp"

#include <utility>

namespace tally::aggregator {
namespace {
constexpr std::size_t kMostJobs = 2;  // each holds the columns of a shard
}

Background::Background() : thread_([this] { work(); }) {}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Background::run(std::function<void()> job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failure_ || jobs_.size() < kMostJobs; });
  if (failure_) std::rethrow_exception(failure_);
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

void Background::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return failure_ || jobs_.empty(); });
  if (failure_) std::rethrow_exception(failure_);
}

void Background::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (stop_) return;
    const std::function<void()> job = std::move(jobs_.front());
    lock.unlock();
    std::exception_ptr failure;
    try {
      job();
    } catch (...) {  // thrown again to the owner, whole
      failure = std::current_exception();
    }
    lock.lock();
    jobs_.pop_front();
    if (failure) {
      failure_ = failure;
      jobs_.clear();
    }
    changed_.notify_all();
    if (failure_) return;
  }
}

}  // namespace tally::aggregator
