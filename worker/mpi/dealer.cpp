#include "worker/mpi/dealer.hpp"

#include <utility>

#include "worker/mpi/poller.hpp"

namespace tally::worker {

namespace {

constexpr std::chrono::milliseconds kControlPeriod{200};
// Messages taken under one hold of the lock.
constexpr int kBurst = 64;

}  // namespace

Dealer::Dealer(const Comm& comm, Ledger& ledger, Events events)
    : comm_(comm),
      ledger_(ledger),
      events_(std::move(events)),
      reports_(comm, MPI_ANY_SOURCE, kReportTag) {
  for (int rank = 0; rank < comm.size(); ++rank) peers_.push_back(std::make_unique<Peer>());
  thread_ = std::thread([this] { run(); });
}

Dealer::~Dealer() {
  quit_.store(true);
  if (thread_.joinable()) thread_.join();
}

void Dealer::finish() {
  bye_.store(true);
  if (thread_.joinable()) thread_.join();
}

void Dealer::run() {
  try {
    Poller poller;
    auto now = Ledger::Clock::now();
    auto next_control = now;
    while (!quit_ && !(bye_ && all_told())) {
      if (receive(now)) {
        poller.active();
        now = Ledger::Clock::now();
      } else {
        now = poller.idle();
        if (waiting_ > 0) serve_waiting(now);
      }
      if (now >= next_control || bye_) {
        control();
        next_control = now + kControlPeriod;
      }
    }
  } catch (...) {
    events_.on_failure(std::current_exception());
  }
}

bool Dealer::receive(Ledger::Clock::time_point now) {
  const std::lock_guard lock(mpi_mutex());
  bool any = false;
  for (int i = 0; i < kBurst; ++i) {
    const auto received = reports_.poll();
    if (!received) break;
    any = true;
    const auto rank = static_cast<std::size_t>(received->source);
    const Report& report = received->message;
    if (report.stopping != 0) stop_asked_ = true;
    if (report.leaves != 0) {
      ledger_.leave(rank, report.counts);
      continue;
    }
    ledger_.report(rank, report.counts, now);
    peers_[rank]->wanted += report.asks;
    waiting_ += report.asks;
    while (peers_[rank]->wanted > 0 && serve(rank, now)) {
    }
  }
  return any;
}

// Answers one ask; false when it has to wait.
bool Dealer::serve(std::size_t rank, Ledger::Clock::time_point now) {
  Order order{.kind = OrderKind::work};
  if (const auto chunk = ledger_.next(rank, now)) {
    order.begin = chunk->begin;
    order.end = chunk->end;
  } else if (ledger_.ended() || ledger_.lost(rank)) {
    order.kind = OrderKind::end;
  } else {
    return false;
  }
  --peers_[rank]->wanted;
  --waiting_;
  // Two asks are open at most, and a ring has four slots: only a rank that does not receive at all
  // has no room, and the ledger finds it lost.
  (void)peers_[rank]->orders.post(comm_, static_cast<int>(rank), kOrderTag, order);
  return true;
}

void Dealer::serve_waiting(Ledger::Clock::time_point now) {
  if (!ledger_.has_work() && !ledger_.ended() && !ledger_.any_lost()) return;
  const std::lock_guard lock(mpi_mutex());
  for (std::size_t rank = 1; rank < peers_.size(); ++rank) {
    while (peers_[rank]->wanted > 0 && serve(rank, now)) {
    }
  }
}

void Dealer::control() {
  // More often than the monitor, which may have to wait for a slow disk.
  ledger_.pulse(Ledger::Clock::now());
  if (std::exchange(stop_asked_, false)) events_.on_stop_asked();
  const bool stop = stop_.load();
  const bool bye = bye_.load();
  const std::lock_guard lock(mpi_mutex());
  for (std::size_t rank = 1; rank < peers_.size(); ++rank) {
    Peer& peer = *peers_[rank];
    if (ledger_.lost(rank)) continue;
    const auto tell = [&](OrderKind kind) {
      const Order order{.kind = kind, .begin = ledger_.any_lost() ? 0U : 1U};
      return peer.controls.post(comm_, static_cast<int>(rank), kControlTag, order);
    };
    if (bye) {
      if (!peer.told_bye) peer.told_bye = tell(OrderKind::bye);
    } else if (stop && !peer.told_stop) {
      peer.told_stop = tell(OrderKind::stop);
    } else {
      (void)tell(OrderKind::alive);
    }
  }
}

bool Dealer::all_told() const {
  for (std::size_t rank = 1; rank < peers_.size(); ++rank) {
    if (!peers_[rank]->told_bye && !ledger_.lost(rank)) return false;
  }
  return true;
}

}  // namespace tally::worker
