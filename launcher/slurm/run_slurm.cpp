#include "launcher/slurm/run_slurm.hpp"

#include <spdlog/spdlog.h>

#include "core/base/error.hpp"

namespace tally::launcher {

RunReport run_slurm(const RunDir& run, const Plan& plan, SlurmBackend& backend,
                    const Submission& submission) {
  RunReport report;
  report.root = run.root();
  report.run_id = plan.run_id;
  report.submission = submission.number;
  for (const IntervalSet& items : submission.elements) report.items += items.size();
  report.result = backend.submit(run, submission);
  const auto level = report.result.stuck ? spdlog::level::err : spdlog::level::warn;
  for (const std::string& warning : report.result.warnings) spdlog::log(level, "{}", warning);
  report.exit_code = report.result.stuck ? static_cast<int>(Errc::unavailable) : 0;
  return report;
}

}  // namespace tally::launcher
