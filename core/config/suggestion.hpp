#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// The one of `words` that `typed` most likely meant, or "" when none is near: at most a third of
/// its letters differ (restricted Damerau-Levenshtein distance).
[[nodiscard]] std::string suggestion(std::string_view typed, const std::vector<std::string>& words);

/// "unknown key, did you mean weights?" or "unknown key, expected one of a, b".
[[nodiscard]] std::string unknown_key(std::string_view typed,
                                      const std::vector<std::string>& words);

}  // namespace tally
