#pragma once
#include <string_view>

namespace tally::worker {

/// Whether Python's json.loads() takes `text` (well-formed UTF-8): RFC 8259, and also NaN, Infinity
/// and -Infinity, numbers of any size, unpaired surrogates in escapes, and keys that stand twice.
/// Nesting may be of any depth.
[[nodiscard]] bool is_python_json(std::string_view text);

}  // namespace tally::worker
