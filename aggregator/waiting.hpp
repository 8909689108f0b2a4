#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "core/plan/plan.hpp"
#include "core/plan/run_dir.hpp"

namespace tally::aggregator {

struct Waiting {
  bool follow = false;                          ///< Show the table meanwhile, on stderr.
  std::optional<std::chrono::seconds> timeout;  ///< Wait no longer than this.
};

/// Returns when nothing is left to do, no element lives any more, or the time is over. An element
/// that says it is at work lives while its heartbeat is younger than 120 s. One that has not
/// started yet counts as living in a scheduler's queue, and under a local launch while that is at
/// work: when its process lives (or, on another host, was heard of in the last 120 s). Throws
/// Error(io | missing).
void wait_for_run(const RunDir& run, const Plan& plan, const Waiting& waiting);

/// Whether some element of the run may still add records, at the time `now_unix`.
[[nodiscard]] bool any_element_lives(const RunDir& run, double now_unix);

/// What --follow shows: a line per task that is not finished, the elements, and the totals.
[[nodiscard]] std::string progress_table(const RunDir& run, const Plan& plan);

}  // namespace tally::aggregator
