#pragma once
#include <iosfwd>
#include <string>

#include "core/plan/plan.hpp"
#include "launcher/geometry.hpp"

namespace tally::launcher {

/// What a plan amounts to, for people and as one JSON object. Keys: docs/operations.md#plan.
[[nodiscard]] std::string plan_text(const Plan& plan, const Geometry& geometry);
[[nodiscard]] std::string plan_summary_json(const Plan& plan, const Geometry& geometry);

/// Every task as one line of JSON: task_id, index, first ordinal, items, identity. Memory does not
/// grow with the number of tasks.
void list_tasks(const Plan& plan, std::ostream& out);

}  // namespace tally::launcher
