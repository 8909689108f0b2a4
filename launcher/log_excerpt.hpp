#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tally::launcher {

/// What a person should see of a log that ended badly: of the part from byte `from` on, the lines
/// that report an error (each once, 10 at most); when there is none and `errors_only` is false, the
/// last 10 lines. Reads the last 64 KiB at most; an unreadable log gives nothing.
[[nodiscard]] std::vector<std::string> log_excerpt(const std::filesystem::path& log,
                                                   std::uint64_t from, bool errors_only);

}  // namespace tally::launcher
