#pragma once
#include <string_view>
#include <vector>

#include "core/config/run_config.hpp"

namespace tally {

/// The metric columns in the records of an evaluator, ascending: what `mean:<column>` may name.
/// Its scorer has the same ones. What they hold: docs/metrics.md#metric-columns.
[[nodiscard]] const std::vector<std::string_view>& metric_columns(Evaluator evaluator) noexcept;

}  // namespace tally
