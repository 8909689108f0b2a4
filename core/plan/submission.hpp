#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/interval_set.hpp"
#include "core/plan/run_dir.hpp"

namespace tally {

/// One handing-out of work: which element owns which ordinals, over how many ranks.
/// Stored as submit/s0001.json, s0002.json, ...; never changed. Format: docs/formats.md#submission.
struct Submission {
  std::uint32_t number = 0;  ///< 1-based.
  std::string backend = "local";
  std::uint32_t ranks = 1;  ///< Per element.
  std::vector<IntervalSet> elements;
};

/// The bytes of its file.
[[nodiscard]] std::string submission_json(const Submission& submission);

/// Cuts `work` into `elements` parts and publishes the next submission. Throws Error(io).
Submission write_submission(const RunDir& run, const IntervalSet& work, std::uint32_t elements,
                            std::uint32_t ranks, const std::string& backend);
/// The newest one. Throws Error(missing) when there is none, Error(data) when it does not parse.
[[nodiscard]] Submission read_last_submission(const RunDir& run);
/// Its backend; "local" when there is none.
[[nodiscard]] std::string last_backend(const RunDir& run);
/// Whether any submission went to `backend`: what it started may live on beside the newest one.
[[nodiscard]] bool was_on(const RunDir& run, const std::string& backend);

}  // namespace tally
