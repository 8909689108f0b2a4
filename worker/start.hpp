#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/ids.hpp"
#include "core/base/interval_set.hpp"
#include "core/plan/coverage.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/run_dir.hpp"

namespace tally::worker {

/// What the ranks of an element agree on before the first item.
struct Start {
  RunDir run;
  Plan plan;
  Digest digest;  ///< Of the plan.
  ElementId element;
  AttemptId attempt;  ///< 1 + the highest in the names of this element's shards.
  Coverage before;    ///< Rank 0: all of it. Others: `failed` only, of the element's items.
  IntervalSet items;  ///< What the element owns. Rank 0 only.
  IntervalSet work;   ///< Of `items`, what is to be done. Rank 0 only.
};

/// Rank 0: reads plan and submission, removes stale temporary files, verifies the shards that meet
/// the element's items and subtracts them.
/// Throws Error(missing | data | io); Error(data) also when shards of another plan lie in the run.
[[nodiscard]] Start prepare_start(const std::filesystem::path& run, ElementId element);

/// What the other ranks have to know, as text.
[[nodiscard]] std::string start_text(const Start& start);
/// The other ranks: reads the plan, the rest from start_text() of rank 0. Throws Error(data) when
/// this rank sees another plan than rank 0.
[[nodiscard]] Start join_start(const std::filesystem::path& run, ElementId element,
                               const std::string& text);

/// Ordinals at which another model begins, ascending.
[[nodiscard]] std::vector<Ordinal> model_cuts(const Plan& plan);

}  // namespace tally::worker
