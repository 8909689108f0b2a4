#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/digest.hpp"

namespace tally::launcher {

// A job's name says what it does, so the queue alone tells which element is where, and a
// submission whose answer was lost is found again: "digits.s1.o0.1a2b3c4d" is the array of
// submission 1 that begins at element 0, "digits.s1.aggregate.1a2b3c4d" its aggregate. The last
// word is the run's own: two runs may share a run id.

/// What a name says.
struct JobName {
  std::uint32_t submission = 0;
  std::optional<std::uint32_t> offset;  ///< Of an array; absent for the aggregate.
};

/// 8 hex digits: a function of the run's absolute path and its plan.
[[nodiscard]] std::string run_token(const std::filesystem::path& root, const Digest& plan);

[[nodiscard]] std::string job_name(const std::string& run_id, const JobName& name,
                                   const std::string& token);

/// nullopt when `text` is not the name of a job of the run with `token`.
[[nodiscard]] std::optional<JobName> parse_job_name(std::string_view text, std::string_view token);

}  // namespace tally::launcher
