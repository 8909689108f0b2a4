#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "aggregator/metrics/breakdown.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// Groups of one dataset beyond which its column is none to group by.
inline constexpr std::size_t kMaxGroups = 10'000;

/// The groups of each of the plan's datasets that has group_by, by number of the dataset; 4 bytes
/// per doc. The files must still be what was planned. Throws Error(missing | io), or Error(data)
/// for another digest, for more than kMaxGroups groups, or as read_docs().
[[nodiscard]] std::vector<std::optional<DocGroups>> load_groups(const Plan& plan);

}  // namespace tally::aggregator
