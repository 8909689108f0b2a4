#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.hpp"

namespace tally {

/// What a shard's file name says: "e00012-r003-a0002-s0042.<16 hex>.h5". The only place that makes
/// and parses these names.
struct ShardName {
  ElementId element;
  RankId rank;
  AttemptId attempt;
  std::uint32_t sequence = 0;  ///< Commits of this rank and attempt, 0-based.
  std::string digest;          ///< First 16 hex digits of the file's SHA-256.
  [[nodiscard]] std::string text() const;
  /// nullopt for any other name.
  static std::optional<ShardName> parse(std::string_view name);
};

}  // namespace tally
