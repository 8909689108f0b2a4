#pragma once
#include <cstdint>
#include <filesystem>

#include "core/base/ids.hpp"
#include "core/base/interval_set.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/run_dir.hpp"

namespace tally::launcher {

/// One element of the newest submission: what it owns, and what of that is left.
struct ElementWork {
  RunDir run;
  Plan plan;
  ElementId element;
  IntervalSet items;    ///< It owns.
  std::uint32_t ranks;  ///< As the submission says.

  /// What has to run (again), asked of the committed shards now: every shard that meets the element
  /// is hashed. Throws Error(io).
  [[nodiscard]] IntervalSet left() const;
};

/// Throws Error(usage) for an element that the newest submission does not have, else as
/// load_plan() and read_last_submission().
[[nodiscard]] ElementWork load_element_work(const std::filesystem::path& run, ElementId element);

}  // namespace tally::launcher
