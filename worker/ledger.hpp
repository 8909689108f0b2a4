#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/missed_time.hpp"
#include "worker/chunk_source.hpp"
#include "worker/counters.hpp"
#include "worker/deal.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// Where a rank runs, for messages.
struct RankName {
  std::string host;
  std::int64_t pid = 0;
};

struct LedgerOptions {
  /// A rank that sent nothing for so long is lost: dead or stopped.
  std::chrono::milliseconds silence{30'000};
  /// A rank that holds work and finished no item for so long is lost: hung. retry.hang of run.yaml;
  /// while it loads a model or docs at least kLoading.
  std::chrono::milliseconds hang{1'800'000};
  /// Loading a large model from a busy file system may take many minutes.
  static constexpr std::chrono::minutes kLoading{30};
};

/// Rank 0's view of the element: the deal and how each rank fares. Thread-safe. Time is passed in,
/// so a test needs no sleep.
class Ledger {
 public:
  using Clock = std::chrono::steady_clock;
  /// The longest between two calls of pulse().
  static constexpr std::chrono::milliseconds kPulse{1'000};
  /// One name per rank; `deal` was made for as many.
  Ledger(Deal deal, std::vector<RankName> names, LedgerOptions options, Clock::time_point now);

  /// The next chunk for `rank`; nullopt when there is none at the moment, or never (ended()).
  [[nodiscard]] std::optional<Interval> next(std::size_t rank, Clock::time_point now);
  /// `rank` lives and has done so much. After leave() it changes nothing.
  void report(std::size_t rank, const Counts& counts, Clock::time_point now);
  /// `rank` has committed everything and waits to go.
  void leave(std::size_t rank, const Counts& counts);
  /// This process runs; called by each of its threads that watches the ranks. A gap between two
  /// calls is a pause of the process, and so most likely of the whole job: what it is longer than
  /// kPulse is counted against no rank. Before check().
  void pulse(Clock::time_point now);
  /// Finds ranks that died or hang, gives their uncommitted work back, and returns a line for each:
  /// "rank 1 (node7, pid 4711): no progress for 120 s, 64 items dealt again".
  std::vector<std::string> check(Clock::time_point now);
  /// From now on nobody gets a chunk.
  void stop();

  /// Nobody will get another chunk: stopped, or every item is done.
  [[nodiscard]] bool ended() const;
  /// Every rank has left or is lost.
  [[nodiscard]] bool over() const;
  [[nodiscard]] bool has_work() const;  ///< next() would find something.
  [[nodiscard]] bool lost(std::size_t rank) const;
  [[nodiscard]] bool any_lost() const;
  [[nodiscard]] Counts totals() const;  ///< Of all ranks, lost ones included.
  /// Waits until there is work, or the end, or `limit` has passed.
  void wait(std::chrono::milliseconds limit) const;

 private:
  struct Rank {
    RankName name;
    Counts counts;
    Clock::time_point heard;
    Clock::time_point progress;  // last item finished, or first chunk after having none
    bool lost = false;
    bool left = false;
  };
  [[nodiscard]] bool ended_locked() const {
    return stopped_ || (deal_.remaining() == 0 && open_ == 0);
  }
  void take(Rank& rank, std::size_t index, Counts counts);
  [[nodiscard]] std::optional<std::string> fault(std::size_t index, Clock::time_point now) const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Deal deal_;
  std::vector<Rank> ranks_;
  LedgerOptions options_;
  MissedTime missed_;
  std::uint64_t open_ = 0;  // dealt to living ranks and not done
  bool stopped_ = false;
};

/// Rank 0's own work: straight from the ledger, without messages.
class LocalSource final : public ChunkSource {
 public:
  LocalSource(Ledger& ledger, const Counters& counters, const StopFlag& stop)
      : ledger_(ledger), counters_(counters), stop_(stop) {}
  [[nodiscard]] std::optional<Interval> next() override;

 private:
  Ledger& ledger_;
  const Counters& counters_;
  const StopFlag& stop_;
};

}  // namespace tally::worker
