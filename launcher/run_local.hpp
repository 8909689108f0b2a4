#pragma once
#include <optional>
#include <string>

#include "core/plan/plan.hpp"
#include "launcher/backend.hpp"
#include "launcher/geometry.hpp"

namespace tally::launcher {

/// How a launch or resume ended.
struct RunReport {
  std::filesystem::path root;
  std::string run_id;
  std::uint32_t submission = 0;  ///< 0: nothing was to do.
  std::uint64_t items = 0;       ///< Items handed out.
  SubmissionResult result;
  std::optional<int> aggregate_code;   ///< Exit code of `aggregate`; empty when it did not run.
  int exit_code = 75;                  ///< 0 only when `aggregate` calls the run complete.
  std::optional<std::uint64_t> to_do;  ///< Items that a resume would do; empty: not looked.
  std::uint64_t given_up = 0;          ///< Items that failed and are not tried again.
};

/// Fills in to_do and given_up, by the shards' headers.
void count_the_rest(RunReport& report, const RunDir& run, const Plan& plan);

/// Runs `submission` on this machine with progress on stderr, then aggregates, unless it was
/// stopped or aborted. Throws as LocalBackend::submit().
[[nodiscard]] RunReport run_local(const RunDir& run, const Plan& plan, const Submission& submission,
                                  const Geometry& geometry);

/// Runs `aggregate RUN`, its stdout on our stderr, and returns its exit code (75 when a signal
/// ended it). A stop signal to us is passed on.
[[nodiscard]] int run_aggregate(const RunDir& run);

/// One JSON object; a few lines for people.
[[nodiscard]] std::string report_json(const RunReport& report);
[[nodiscard]] std::string report_text(const RunReport& report);

}  // namespace tally::launcher
