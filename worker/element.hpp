#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>

#include "worker/mpi/session.hpp"
#include "worker/runner.hpp"

namespace tally::worker {

/// The command line of tally-worker.
struct WorkerOptions {
  std::filesystem::path run;
  std::uint32_t element = 0;
  double grace_seconds = 2.0;  ///< From a stop signal to the end of the process.
  std::uint64_t chunk = 0;     ///< Items per chunk; 0: guided.
};

/// One rank of one element, from start to end:
/// 1) rank 0 reads plan and coverage, the others learn from it; 2) rank 0 deals chunks, all run
/// them and commit; 3) every rank commits its rest, says so and waits for the others, but never for
/// a lost one; 4) rank 0 decides from the coverage.
///
/// Returns 0 when the element's items are all recorded and none is left to retry (other ranks: when
/// they were not stopped), else 75. The caller aborts unless session.may_return(). Throws Error:
/// what was recorded by then is committed if that is possible.
[[nodiscard]] int run_element(const WorkerOptions& options, MpiSession& session);

/// The generators, scorers and datasets of the toolkit. Plan and flag outlive them.
[[nodiscard]] RunnerParts default_parts(const Plan& plan, std::uint32_t local_rank,
                                        const StopFlag& stop);

}  // namespace tally::worker
