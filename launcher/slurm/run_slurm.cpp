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
  for (const std::string& warning : report.result.warnings) spdlog::error("{}", warning);
  report.exit_code = report.result.warnings.empty() ? 0 : static_cast<int>(Errc::unavailable);
  return report;
}

}  // namespace tally::launcher
