#include "worker/monitor.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace tally::worker {

namespace {

constexpr std::chrono::seconds kRateWindow{30};

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Monitor::Monitor(const RunDir& run, Progress progress, Ledger& ledger, const Counters& counters,
                 const StopFlag& stop, std::function<void()> on_stuck,
                 std::chrono::milliseconds period)
    : run_(run),
      progress_(std::move(progress)),
      ledger_(ledger),
      counters_(counters),
      stop_(stop),
      on_stuck_(std::move(on_stuck)),
      period_(period) {
  progress_.started_unix = unix_now();
  thread_ = std::thread([this] { this->run(); });
}

Monitor::~Monitor() {
  {
    const std::lock_guard lock(mutex_);
    quit_ = true;
  }
  wake_.notify_all();
  thread_.join();
  write(end_state_);
}

void Monitor::finish(const std::string& state) {
  const std::lock_guard lock(mutex_);
  end_state_ = state;
}

std::string Monitor::message() const {
  const std::lock_guard lock(mutex_);
  return message_;
}

void Monitor::run() {
  std::unique_lock lock(mutex_);
  while (!quit_) {
    lock.unlock();
    look();
    write(stop_.requested() ? "stopping" : "running");
    if (ledger_.lost(0) && ledger_.over()) on_stuck_();
    lock.lock();
    wake_.wait_for(lock, period_, [&] { return quit_; });
  }
}

void Monitor::look() {
  const auto now = Ledger::Clock::now();
  ledger_.pulse(now);
  ledger_.report(0, counters_.snapshot(), now);
  for (const std::string& line : ledger_.check(now)) {
    spdlog::error("{}", line);
    const std::lock_guard lock(mutex_);
    if (!message_.empty()) message_ += "; ";
    message_ += line;
  }
}

// Items per second over the last half minute.
double Monitor::rate(std::uint64_t done) {
  const auto now = Ledger::Clock::now();
  samples_.push_back({now, done});
  while (samples_.size() > 2 && now - samples_.front().time > kRateWindow) samples_.pop_front();
  const std::chrono::duration<double> span = now - samples_.front().time;
  if (span.count() <= 0.0) return 0.0;
  return static_cast<double>(done - samples_.front().done) / span.count();
}

void Monitor::write(const std::string& state) {
  const Counts totals = ledger_.totals();
  progress_.state = state;
  progress_.done = totals.done;
  progress_.committed = totals.committed;
  progress_.outcomes = totals.outcomes;
  progress_.rate = rate(totals.done);
  progress_.eta_seconds = -1.0;
  if (progress_.rate > 0.0 && progress_.planned >= totals.done) {
    progress_.eta_seconds = static_cast<double>(progress_.planned - totals.done) / progress_.rate;
  }
  progress_.heartbeat_unix = unix_now();
  progress_.message = message();
  write_progress(run_, progress_);
}

}  // namespace tally::worker
