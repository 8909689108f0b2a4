#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/plan/run_dir.hpp"

namespace tally::launcher {

/// What was handed to Slurm for one submission. Stored as submit/s0001.slurm.json when all of it
/// is in the queue. Format: docs/formats.md#slurm-record.
struct SubmitRecord {
  struct Array {
    std::string job;
    std::uint32_t offset = 0;
    std::uint32_t count = 0;
  };
  std::uint32_t number = 0;
  std::vector<Array> arrays;
  std::string aggregate;              ///< Job id.
  std::vector<std::string> commands;  ///< As run, as shell lines, for people.

  /// All job ids, the aggregate last.
  [[nodiscard]] std::vector<std::string> jobs() const;
};

/// The place of a submission's script as it was handed to sbatch: submit/s0001.array.sbatch; `name`
/// is "array" or "aggregate".
[[nodiscard]] std::filesystem::path submitted_script(const RunDir& run, std::uint32_t number,
                                                     const std::string& name);
/// Throws Error(io).
void write_submit_record(const RunDir& run, const SubmitRecord& record);
/// nullopt when there is none for this submission. Throws Error(data).
[[nodiscard]] std::optional<SubmitRecord> read_submit_record(const RunDir& run,
                                                             std::uint32_t number);

}  // namespace tally::launcher
