#pragma once
#include <string>
#include <utility>
#include <vector>

namespace tally::worker {

/// Without isolation a program gets a folder of its own under /tmp: `tmp` to work in, `tally` with
/// its files, read-only. Returns its path; throws std::runtime_error.
[[nodiscard]] std::string make_private_folder(
    const std::vector<std::pair<std::string, std::string>>& files);

/// Removes it whatever the program made of its permissions; follows no link. Never throws.
void remove_private_folder(const std::string& folder) noexcept;

}  // namespace tally::worker
