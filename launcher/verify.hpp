#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/plan/coverage.hpp"
#include "core/plan/run_dir.hpp"

namespace tally::launcher {

/// What hashing every byte of a run found.
struct VerifyReport {
  std::filesystem::path root;
  std::uint64_t shards = 0;   ///< Good ones.
  std::uint64_t bytes = 0;    ///< In them.
  std::uint64_t results = 0;  ///< Files of results/current that are as SHA256SUMS says.
  std::vector<BadShard> bad;  ///< Names relative to the run directory.
};

/// Hashes every shard and every file named in results/current/SHA256SUMS. Changes nothing.
/// Throws as load_plan(); a file that is bad is reported, not thrown.
[[nodiscard]] VerifyReport verify_run(const RunDir& run);

[[nodiscard]] std::string verify_json(const VerifyReport& report);
[[nodiscard]] std::string verify_text(const VerifyReport& report);

}  // namespace tally::launcher
