#pragma once
#include <optional>
#include <string_view>

#include "core/base/digest.hpp"

namespace tally {

/// The digest of 64 lower-case hex digits; nullopt for anything else.
[[nodiscard]] std::optional<Digest> digest_from_hex(std::string_view hex) noexcept;

}  // namespace tally
