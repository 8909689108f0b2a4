#pragma once
#include <string>

namespace tally::worker {

/// This node's name, for shard headers and messages; "unknown" where it has none.
[[nodiscard]] std::string host_name();

}  // namespace tally::worker
