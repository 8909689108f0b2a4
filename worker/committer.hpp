#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/plan/run_dir.hpp"
#include "core/shard/record.hpp"
#include "core/shard/shard_writer.hpp"
#include "worker/counters.hpp"

namespace tally::worker {

struct CommitterOptions {
  std::chrono::milliseconds interval{10'000};  ///< A record waits at most about this long.
  std::uint64_t records = 500'000;             ///< Commit when this many wait.
  std::size_t bytes = 48U << 20U;              ///< Commit when this much memory waits.
  std::size_t fold_count = 16;                 ///< So many small shards are folded.
  /// The most record bytes, unpacked, that one fold takes into memory. A shard of at most half of
  /// it is small, so that two always fit.
  std::uint64_t fold_bytes = 64U << 20U;
};

/// Collects records and turns them into committed shards, on a thread of its own: HDF5 is used
/// only there, and adding does not wait for a commit (but when four times the bounds wait, because
/// the disk is slower than the work). Thread-safe.
///
/// A commit that fails with Error(io) is tried once more; then the committer has failed: it says so
/// once through `on_failure` and again from every later add() and flush(). What was committed
/// before stays intact.
class Committer {
 public:
  /// `on_failure` is called from the commit thread, at most once; it may be empty.
  Committer(RunDir run, ShardOrigin origin, CommitterOptions options, Counters& counters,
            std::function<void()> on_failure);
  /// Abandons what was not committed. Call flush() first where it matters.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Records with these metric columns go together: a shard has one set. Returns the group's index.
  [[nodiscard]] std::size_t group(const std::vector<std::string>& metric_names);
  /// Takes records of one group. Throws what made the committer fail.
  void add(std::size_t group, std::span<const Record> records);
  /// Asks for a commit now and returns. For the stop signal: from here on nothing is folded.
  void hurry() noexcept;
  /// Commits everything that was added before and waits for it, at most `limit`. False when the
  /// time was too short. Throws what made the committer fail.
  bool flush(std::chrono::milliseconds limit = std::chrono::hours(24));

 private:
  struct Small {
    std::string name;
    std::uint64_t unpacked = 0;  // bytes of its records in memory
  };
  struct Group {
    std::vector<std::string> metric_names;
    RecordBatch waiting;           // guarded by mutex_
    RecordBatch spare;             // commit thread only
    std::vector<Small> small;      // commit thread only: own shards worth folding
    std::size_t failed_folds = 0;  // commit thread only: of the last ones
  };
  void run();
  void cycle(std::unique_lock<std::mutex>& lock);
  void commit(Group& group);
  void fold(Group& group);
  void note_small(Group& group, const CommittedShard& shard);
  [[nodiscard]] bool due_locked() const;

  RunDir run_;
  ShardOrigin origin_;
  CommitterOptions options_;
  Counters& counters_;
  std::function<void()> on_failure_;
  std::uint32_t sequence_ = 0;  // commit thread only

  std::mutex mutex_;
  std::condition_variable wake_;  // the commit thread waits here
  std::condition_variable done_;  // everybody else
  std::vector<std::unique_ptr<Group>> groups_;
  std::uint64_t added_ = 0;
  std::uint64_t settled_ = 0;  // of added_: committed
  std::size_t waiting_bytes_ = 0;
  std::chrono::steady_clock::time_point oldest_;  // when the first waiting record came
  std::exception_ptr failure_;
  bool now_ = false;
  std::atomic<bool> stopping_{false};  // no folding any more; set under mutex_
  bool quit_ = false;
  std::thread thread_;
};

}  // namespace tally::worker
