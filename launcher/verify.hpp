#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/ids.hpp"
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

/// What one element of the newest submission has left to do.
struct ElementReport {
  std::filesystem::path root;
  ElementId element;
  std::uint64_t items = 0;  ///< It owns.
  std::uint64_t to_do = 0;  ///< Of those, to run (again).
};

/// Hashes the shards that meet the element: the question whoever started its ranks asks before and
/// after, because no exit code tells. Throws as load_element_work() and ElementWork::left().
[[nodiscard]] ElementReport verify_element(const std::filesystem::path& run, ElementId element);

[[nodiscard]] std::string element_json(const ElementReport& report);
/// One line.
[[nodiscard]] std::string element_text(const ElementReport& report);

}  // namespace tally::launcher
