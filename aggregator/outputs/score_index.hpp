#pragma once
#include <string>

#include "aggregator/metrics/task_figures.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// Version of the row's form.
inline constexpr std::uint32_t kScoreIndexVersion = 1;

/// The row of one task in score_index.jsonl, with its line end. Its bytes are a function of the
/// plan, of the datasets it names by digest, and of the winning records' content alone. Format:
/// docs/formats.md#score-index.
[[nodiscard]] std::string score_index_row(const Plan& plan, const TaskFigures& figures);

}  // namespace tally::aggregator
