#include "worker/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tally::worker {

Ledger::Ledger(Deal deal, std::vector<RankName> names, LedgerOptions options, Clock::time_point now)
    : deal_(std::move(deal)), options_(options), missed_(now) {
  for (RankName& name : names) {
    ranks_.push_back({.name = std::move(name), .counts = {}, .heard = now, .progress = now});
  }
}

std::optional<Interval> Ledger::next(std::size_t rank, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Rank& entry = ranks_.at(rank);
  if (stopped_ || entry.lost) return std::nullopt;
  if (deal_.dealt(rank) == entry.counts.done) {  // it had nothing to do
    entry.progress = std::max(entry.progress, now);
  }
  const std::optional<Interval> chunk = deal_.next(rank);
  if (chunk) open_ += chunk->size();
  return chunk;
}

void Ledger::take(Rank& rank, std::size_t index, Counts counts) {
  open_ -= counts.done - rank.counts.done;
  counts.committed = std::max(counts.committed, rank.counts.committed);  // a snapshot may be torn
  if (counts.committed > rank.counts.committed) deal_.committed(index, counts.committed);
  rank.counts = counts;
  if (ended_locked()) changed_.notify_all();
}

void Ledger::report(std::size_t rank, const Counts& counts, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Rank& entry = ranks_.at(rank);
  // `now` may be from before a pause that is over: it never makes a rank look worse.
  entry.heard = std::max(entry.heard, now);
  // Reports of one rank may overtake one another between its threads: the newer one stands, and
  // what it said when it left is the last word.
  if (entry.lost || entry.left || counts.done < entry.counts.done) return;
  if (counts.done > entry.counts.done || counts.preparing != entry.counts.preparing) {
    entry.progress = std::max(entry.progress, now);
  }
  take(entry, rank, counts);
}

void Ledger::leave(std::size_t rank, const Counts& counts) {
  const std::lock_guard lock(mutex_);
  Rank& entry = ranks_.at(rank);
  if (entry.lost) return;
  take(entry, rank, counts);
  entry.left = true;
  changed_.notify_all();
}

void Ledger::pulse(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const Clock::duration missed = missed_.in_round(now, kPulse);
  if (missed == Clock::duration::zero()) return;
  for (Rank& rank : ranks_) {
    rank.heard = put_off(rank.heard, missed, now);
    rank.progress = put_off(rank.progress, missed, now);
  }
}

std::optional<std::string> Ledger::fault(std::size_t index, Clock::time_point now) const {
  using Seconds = std::chrono::duration<double>;
  const Rank& rank = ranks_[index];
  if (rank.lost || rank.left) return std::nullopt;
  if (now - rank.heard > options_.silence) {
    return fmt::format("no sign of life for {:.0f} s", Seconds(now - rank.heard).count());
  }
  const bool busy = deal_.dealt(index) > rank.counts.done;
  const auto patience = rank.counts.preparing
                            ? std::max<std::chrono::milliseconds>(options_.hang, options_.kLoading)
                            : options_.hang;
  if (busy && now - rank.progress > patience) {
    return fmt::format("no progress for {:.0f} s", Seconds(now - rank.progress).count());
  }
  return std::nullopt;
}

std::vector<std::string> Ledger::check(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    const std::optional<std::string> reason = fault(i, now);
    if (!reason) continue;
    Rank& rank = ranks_[i];
    rank.lost = true;
    open_ -= deal_.dealt(i) - rank.counts.done;
    const std::uint64_t again = deal_.lose(i);
    rank.counts.done = rank.counts.committed;  // the rest does not count any more
    lines.push_back(fmt::format("rank {} ({}, pid {}): {}, {} items dealt again", i, rank.name.host,
                                rank.name.pid, *reason, again));
  }
  if (!lines.empty()) changed_.notify_all();
  return lines;
}

void Ledger::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool Ledger::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_locked();
}

bool Ledger::over() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(ranks_, [](const Rank& rank) { return rank.left || rank.lost; });
}

bool Ledger::has_work() const {
  const std::lock_guard lock(mutex_);
  return !stopped_ && deal_.remaining() > 0;
}

bool Ledger::lost(std::size_t rank) const {
  const std::lock_guard lock(mutex_);
  return ranks_.at(rank).lost;
}

bool Ledger::any_lost() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(ranks_, &Rank::lost);
}

Counts Ledger::totals() const {
  const std::lock_guard lock(mutex_);
  Counts sum;
  for (const Rank& rank : ranks_) {
    sum.done += rank.counts.done;
    sum.committed += rank.counts.committed;
    for (std::size_t i = 0; i < kOutcomes; ++i) sum.outcomes[i] += rank.counts.outcomes[i];
  }
  return sum;
}

void Ledger::wait(std::chrono::milliseconds limit) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [&] { return ended_locked() || deal_.remaining() > 0; });
}

std::optional<Interval> LocalSource::next() {
  while (!stop_.requested()) {
    const auto now = Ledger::Clock::now();
    ledger_.report(0, counters_.snapshot(), now);
    if (const auto chunk = ledger_.next(0, now)) return chunk;
    if (ledger_.ended() || ledger_.lost(0)) return std::nullopt;
    ledger_.wait(std::chrono::milliseconds(50));
  }
  return std::nullopt;
}

}  // namespace tally::worker
