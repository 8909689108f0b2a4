#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tally {

/// Reads every file of a folder of shards while ranks commit and fold: lists it, has `read` read
/// what is new, and so on until nothing of the listing before is gone. Returns the names of the
/// last listing, sorted; each was read once. Names with a dot in front are passed over.
///
/// `read` gets a name and returns false when the file has vanished. What it read of names that are
/// not returned is in other shards now: drop it. Throws Error(io | missing) when the folder cannot
/// be listed, Error(unavailable) when files keep vanishing, and what `read` throws.
[[nodiscard]] std::vector<std::string> read_listed(
    const std::filesystem::path& folder, const std::function<bool(const std::string&)>& read);

}  // namespace tally
