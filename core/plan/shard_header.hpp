#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/ids.hpp"
#include "core/base/interval_set.hpp"
#include "core/plan/shard_name.hpp"

// A shard is an HDF5 file whose user block (the bytes HDF5 leaves to the application, before the
// superblock) holds a short text: which ordinals are in the file and which of them failed. So
// coverage is read without HDF5, `head -c 512` shows what a shard is, and the programs people type
// need not load the library. The digest in the name covers the user block too.

namespace tally {

/// Records that failed in a way that may be retried, by outcome and try.
struct FailedItems {
  // As in core/shard/record.hpp, which depends on this folder: values on disk, never renumbered.
  static constexpr std::uint8_t kGenerationError = 3;
  static constexpr std::uint8_t kInfraError = 4;
  static constexpr std::uint32_t kMaxAttempt = 1000;
  std::uint8_t outcome = 0;   ///< Outcome::generation_error or Outcome::infra_error.
  std::uint32_t attempt = 0;  ///< The item's try that failed, 1..kMaxAttempt.
  IntervalSet items;
};

/// The text in a shard's user block. Format: docs/formats.md#shard-header.
struct ShardHeader {
  static constexpr std::uint32_t kVersion = 1;
  /// Error::where().key for a header of a newer version, whose rest nobody here can judge.
  static constexpr std::string_view kVersionKey = "version";
  static constexpr std::uint64_t kMaxBlock = std::uint64_t{1} << 26U;  ///< Bytes of a user block.
  std::string run_id;
  Digest plan;
  ElementId element;
  RankId rank;
  AttemptId attempt;
  std::string code_version;  ///< Written as printable ASCII, at most 255 bytes.
  std::string host;          ///< Likewise.
  std::uint64_t records = 0;
  IntervalSet items;                ///< Every ordinal with a record in this shard.
  std::vector<FailedItems> failed;  ///< Sorted by (outcome, attempt); disjoint.

  /// The user block: text padded with zeros to a power of two >= 512.
  /// Throws Error(internal) when that exceeds kMaxBlock.
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

/// Whether reading the header of `file` failed with `error` because a newer Tally wrote it, and the
/// file is whole: nothing is wrong with it but its reader. Throws Error(missing | io).
[[nodiscard]] bool is_newer_shard(const Error& error, const std::filesystem::path& file);

/// Whole file, with its SHA-256 compared with the name.
/// Throws Error(missing | io), or Error(data) "digest: found ...", also for a name that has none.
[[nodiscard]] std::vector<std::byte> read_verified_shard(const std::filesystem::path& file);

}  // namespace tally
