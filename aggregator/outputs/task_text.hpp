#pragma once
#include <string>
#include <vector>

#include "core/plan/plan.hpp"

// How tasks and tables look in outputs for people.

namespace tally::aggregator {

/// Its programs ran without a sandbox, and could have changed any figure.
[[nodiscard]] bool ran_bare(const TaskSpec& entry) noexcept;

/// "repeats=4 temperature=0.5 lr=0.1": sampling and params of a task of `entry`; what is at its
/// default after temperature is left out. With "sandbox=none" where ran_bare().
[[nodiscard]] std::string settings_text(const Task& task, const TaskSpec& entry);

/// Rows of cells as lines, the columns aligned. The last cell of a row is not padded.
[[nodiscard]] std::string padded_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace tally::aggregator
