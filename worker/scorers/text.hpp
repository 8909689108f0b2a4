#pragma once
#include <string>
#include <string_view>

namespace tally::worker {

/// `text` without the ASCII white space at both ends.
[[nodiscard]] std::string_view strip(std::string_view text) noexcept;

/// Unicode lower case of each letter (simple mapping). Bytes that are not UTF-8 stay as they are.
[[nodiscard]] std::string lower(std::string_view text);

/// `text` with every `from` replaced. Precondition: `from` is not empty.
[[nodiscard]] std::string replace_all(std::string_view text, std::string_view from,
                                      std::string_view to);

}  // namespace tally::worker
