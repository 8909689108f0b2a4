#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/digest.hpp"
#include "core/base/ids.hpp"
#include "core/base/interval_set.hpp"

// A shard is an HDF5 file whose user block (the bytes HDF5 leaves to the application, before the
// superblock) holds a short text: which ordinals are in the file and which of them failed. So
// coverage is read without HDF5, `head -c 512` shows what a shard is, and the programs people type
// need not load the library. The digest in the name covers the user block too.

namespace tally {

/// What a shard's file name says: "e00012-r003-a0002-s0042.<16 hex>.h5".
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

/// Records that failed in a way that may be retried, by outcome and try.
struct FailedItems {
  std::uint8_t outcome = 0;   ///< Outcome::generation_error or Outcome::infra_error.
  std::uint32_t attempt = 0;  ///< The item's try that failed, 1-based.
  IntervalSet items;
};

/// The text in a shard's user block. Format: docs/formats.md#shard-header.
struct ShardHeader {
  static constexpr std::uint32_t kVersion = 1;
  std::string run_id;
  Digest plan;
  ElementId element;
  RankId rank;
  AttemptId attempt;
  std::string code_version;
  std::string host;
  std::uint64_t records = 0;
  IntervalSet items;                ///< Every ordinal with a record in this shard.
  std::vector<FailedItems> failed;  ///< Sorted by (outcome, attempt); disjoint.

  /// The user block: text padded with zeros to a power of two >= 512.
  [[nodiscard]] std::string encode() const;
  /// Reads the header from the start of a shard (`bytes` may be longer or just the user block).
  /// Throws Error(data) naming `file` when it is no shard, is of a newer version, or is damaged.
  static ShardHeader decode(std::string_view bytes, const std::filesystem::path& file);
  /// Length of the user block, from the first 512 bytes.
  static std::uint64_t user_block_size(std::string_view first_bytes,
                                       const std::filesystem::path& file);
};

/// Header of a file, without reading or verifying the rest. Throws Error(missing | io | data).
[[nodiscard]] ShardHeader read_shard_header(const std::filesystem::path& file);

/// Whole file, with its SHA-256 compared with the name. Throws Error(data) "digest: found ...".
[[nodiscard]] std::vector<std::byte> read_verified_shard(const std::filesystem::path& file);

}  // namespace tally
