#include "launcher/cancel.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/plan/plan.hpp"
#include "core/plan/submission.hpp"
#include "launcher/local_backend.hpp"
#include "launcher/slurm/slurm_backend.hpp"

namespace tally::launcher {

namespace {

Cancelled cancel_slurm(const RunDir& run, std::chrono::milliseconds timeout, bool newest) {
  const Plan plan = load_plan(run.plan());
  const auto patience = newest ? kSlurmPatience : std::chrono::seconds(0);
  return SlurmBackend(plan, plan.submit, patience).cancel(run, timeout);
}

}  // namespace

Cancelled cancel_run(const RunDir& run, std::chrono::milliseconds timeout) {
  const std::string newest = last_backend(run);
  Cancelled outcome = Cancelled::nothing_running;
  const auto cancel_on = [&](const std::string& backend) {
    outcome = std::max(outcome, backend == "slurm" ? cancel_slurm(run, timeout, backend == newest)
                                                   : LocalBackend({}).cancel(run, timeout));
  };
  const std::string older = newest == "slurm" ? "local" : "slurm";
  try {
    if (was_on(run, older)) cancel_on(older);
  } catch (const Error& error) {
    spdlog::warn("{}: {}", older, error.what());
  }
  cancel_on(newest);
  return outcome;
}

}  // namespace tally::launcher
