#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// Checks that a results.h5 has a version that we read and is of `plan`: its attributes and the
/// number of its rows. Returns the names of its metric columns, ascending. Throws Error(data).
[[nodiscard]] std::vector<std::string> check_results_file(const std::filesystem::path& file,
                                                          const Plan& plan);

}  // namespace tally::aggregator
