#pragma once
#include <string_view>

namespace tally {

/// The version this program was built as, "0.1.0": written into plans and shards.
[[nodiscard]] std::string_view code_version() noexcept;

}  // namespace tally
