#include "launcher/cancel.hpp"

#include "core/plan/plan.hpp"
#include "core/plan/submission.hpp"
#include "launcher/local_backend.hpp"
#include "launcher/slurm/slurm_backend.hpp"

namespace tally::launcher {

Cancelled cancel_run(const RunDir& run, std::chrono::milliseconds timeout) {
  if (last_backend(run) != "slurm") return LocalBackend({}).cancel(run, timeout);
  const Plan plan = load_plan(run.plan());
  return SlurmBackend(plan, plan.submit).cancel(run, timeout);
}

}  // namespace tally::launcher
