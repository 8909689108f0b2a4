#pragma once
#include <chrono>
#include <vector>

#include "worker/element.hpp"
#include "worker/ledger.hpp"
#include "worker/mpi/comm.hpp"
#include "worker/rank_state.hpp"
#include "worker/start.hpp"

namespace tally::worker {

/// What one rank works with. References outlive the call it is passed to.
struct RankWork {
  const WorkerOptions& options;
  MpiSession& session;
  const Comm* comm;  ///< Null when this is the only rank.
  const Start& start;
  const std::vector<RankName>& names;  ///< Of all ranks; rank 0 only.
  RankState& state;
  Runner& runner;
};

/// For how long the ranks wait for one another at the very end: a busy machine may hold one up.
inline constexpr std::chrono::seconds kBarrier{60};

/// Rank 0: deals, works, waits for the others, decides. Returns the exit code.
[[nodiscard]] int lead(const RankWork& work);
/// Every other rank: works, and leaves with the others. Returns the exit code.
[[nodiscard]] int follow(const RankWork& work);

}  // namespace tally::worker
