#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "core/shard/record.hpp"

namespace tally::worker {

/// What one rank has done so far, as plain numbers: they only grow.
struct Counts {
  std::uint64_t done = 0;       ///< Items with a record, in the order they were dealt.
  std::uint64_t committed = 0;  ///< The first so many of `done` are in committed shards.
  std::array<std::uint64_t, kOutcomes> outcomes{};  ///< Of `done`.
  bool preparing = false;  ///< Loads a model or docs: slowness is no sign of a hang.
};

/// The same, counted by the runner (done, outcomes, preparing) and the committer (committed), read
/// by everybody. Thread-safe; a snapshot may be torn between fields but each field only grows, and
/// `committed` is never ahead of `done`.
class Counters {
 public:
  void add_done(std::uint64_t items,
                const std::array<std::uint64_t, kOutcomes>& outcomes) noexcept {
    for (std::size_t i = 0; i < kOutcomes; ++i) outcomes_[i].fetch_add(outcomes[i]);
    done_.fetch_add(items);
  }
  void add_committed(std::uint64_t items) noexcept { committed_.fetch_add(items); }
  void set_preparing(bool preparing) noexcept { preparing_.store(preparing); }

  [[nodiscard]] Counts snapshot() const noexcept {
    Counts counts;
    counts.committed = committed_.load();  // before done_: it may not run ahead
    counts.done = done_.load();
    for (std::size_t i = 0; i < kOutcomes; ++i) counts.outcomes[i] = outcomes_[i].load();
    counts.preparing = preparing_.load();
    return counts;
  }

 private:
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> committed_{0};
  std::array<std::atomic<std::uint64_t>, kOutcomes> outcomes_{};
  std::atomic<bool> preparing_{false};
};

}  // namespace tally::worker
