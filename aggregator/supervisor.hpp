#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "core/plan/run_dir.hpp"

// Supervision, in order: 1) take the lock on results/, or wait for it; 2) start the child; 3) watch
// the board where it says what it is parsing; 4) when it dies by a signal, or is silent for too
// long, while on a shard: go to 2, the second time with that shard in quarantine; 5) pass its exit
// code on. So a shard can cost us a child, never a result.

namespace tally::aggregator {

struct Supervision {
  /// Program and arguments of the child. Its board is descriptor kBoardFd.
  std::vector<std::string> command;
  /// The same after a child died on a shard, for one that does nothing beside parsing; the same
  /// command if empty.
  std::vector<std::string> again;
  /// How long a child may say nothing new while it parses a shard. In both patiences the time in
  /// which we were suspended does not count.
  std::chrono::milliseconds patience{30'000};
  /// How long another aggregator of the run is waited for.
  std::chrono::milliseconds lock_patience = std::chrono::minutes(10);
};

/// Runs children until one ends by itself, and returns its exit code; 75 when another aggregator is
/// at work for too long or a stop signal came, or when somebody killed the child outside of any
/// shard; 70 when it died so by another signal. SIGTERM, SIGINT and SIGHUP end the child too.
/// Throws Error(io | unavailable).
int supervise(const RunDir& run, const Supervision& supervision);

}  // namespace tally::aggregator
