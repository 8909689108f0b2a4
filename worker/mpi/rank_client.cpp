#include "worker/mpi/rank_client.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/base/missed_time.hpp"
#include "worker/mpi/poller.hpp"

namespace tally::worker {

namespace {

constexpr std::chrono::milliseconds kControlPeriod{50};

}  // namespace

RankClient::RankClient(const Comm& comm, const Counters& counters, const StopFlag& stop,
                       RankClientOptions options, Events events)
    : comm_(comm),
      counters_(counters),
      stop_(stop),
      options_(options),
      events_(std::move(events)),
      orders_(comm, 0, kOrderTag),
      controls_(comm, 0, kControlTag),
      thread_([this] { run(); }) {}

RankClient::~RankClient() {
  {
    const std::lock_guard lock(wake_mutex_);
    quit_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void RankClient::send(Report report) {
  report.counts = counters_.snapshot();
  Poller poller;
  while (!quit_ && !silent_ && !stop_.alone()) {
    {
      const std::lock_guard lock(mpi_mutex());
      if (reports_.post(comm_, 0, kReportTag, report)) {
        left_ = report.leaves != 0;
        return;
      }
    }
    poller.idle();
  }
}

std::optional<Interval> RankClient::next() {
  if (ended_) return std::nullopt;
  // Two at first: one to work on and one in reserve; then one for each that is finished.
  send({.asks = started_ ? 1U : 2U});
  started_ = true;
  Poller poller;
  while (!stop_.requested()) {
    std::optional<Received<Order>> received;
    {
      const std::lock_guard lock(mpi_mutex());
      received = orders_.poll();
    }
    if (received) {
      const Order& order = received->message;
      if (order.kind == OrderKind::work) return Interval{order.begin, order.end};
      ended_ = true;
      return std::nullopt;
    }
    poller.idle();
  }
  return std::nullopt;
}

void RankClient::run() {
  try {
    auto next_beat = Poller::Clock::now();
    MissedTime missed(next_beat);
    while (!quit_) {
      const auto now = Poller::Clock::now();
      forgive(missed.in_round(now, kControlPeriod), now);
      control();
      if (now >= next_beat) {
        beat();
        next_beat = now + options_.beat;
      }
      if (!silent_ && !bye_ && now - heard_.load() > options_.silence) {
        silent_ = true;
        events_.on_silence();
      }
      std::unique_lock lock(wake_mutex_);
      wake_.wait_for(lock, kControlPeriod, [&] { return quit_.load(); });
    }
  } catch (...) {
    events_.on_failure(std::current_exception());
  }
}

// While this process did not run it could not hear of rank 0, nor most likely could rank 0 speak.
void RankClient::forgive(Poller::Clock::duration missed, Poller::Clock::time_point now) {
  auto heard = heard_.load();
  // When it fails, the other thread has just heard of rank 0.
  heard_.compare_exchange_strong(heard, put_off(heard, missed, now));
}

void RankClient::beat() {
  const Report report{.stopping = stop_.requested() ? 1U : 0U, .counts = counters_.snapshot()};
  const std::lock_guard lock(mpi_mutex());
  if (left_) return;  // rank 0 may be gone: nothing may be under way when the communicator is freed
  (void)reports_.post(comm_, 0, kReportTag, report);  // no room: the next beat will do
}

// Takes what rank 0 sent. From both threads: whoever takes a sign of life notes it for both.
void RankClient::control() {
  bool stop = false;
  {
    const std::lock_guard lock(mpi_mutex());
    while (const auto received = controls_.poll()) {
      heard_ = Poller::Clock::now();
      if (received->message.kind == OrderKind::stop) stop = true;
      if (received->message.kind == OrderKind::bye) {
        all_left_ = received->message.begin == 1;
        bye_ = true;
      }
    }
  }
  if (stop) events_.on_stop();
}

bool RankClient::leave(std::chrono::milliseconds limit) {
  send({.leaves = 1, .stopping = stop_.requested() ? 1U : 0U});
  WaitLimit patience(Poller::Clock::now(), limit, Poller::kLongestSleep);
  Poller poller;
  auto now = Poller::Clock::now();
  while (!bye_ && !silent_ && !stop_.alone() &&
         patience.left(now) > Poller::Clock::duration::zero()) {
    control();  // sooner than the heartbeat thread would
    now = poller.idle();
  }
  return bye_ && all_left_;
}

}  // namespace tally::worker
