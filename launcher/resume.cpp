#include "launcher/resume.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <optional>

#include "core/base/error.hpp"
#include "core/plan/coverage.hpp"
#include "launcher/local_backend.hpp"
#include "launcher/run_status.hpp"
#include "launcher/slurm/run_slurm.hpp"

namespace tally::launcher {
namespace {

/// What of the run is in Slurm's queue. An older submission may have left it there; but the run may
/// also have moved to where there is no Slurm, so that is asked without patience.
std::optional<std::string> work_on_slurm(const RunDir& run, const Plan& plan, bool concerned) {
  if (concerned) return SlurmBackend(plan, plan.submit).at_work(run);
  if (!was_on(run, "slurm")) return std::nullopt;
  try {
    return SlurmBackend(plan, plan.submit, std::chrono::seconds(0)).at_work(run);
  } catch (const Error& error) {
    spdlog::warn("no answer from Slurm, where the run was before: {}", error.what());
    return std::nullopt;
  }
}

void refuse_running(const RunDir& run, const Plan& plan, bool on_slurm) {
  const std::string advice = "wait, `tally cancel` it, or use --force";
  auto work = LocalBackend({}).at_work(run);
  if (!work) work = work_on_slurm(run, plan, on_slurm);
  if (work) {
    throw Error(Errc::usage, fmt::format("found {}, expected none; {}", *work, advice),
                {run.root(), {}, 0});
  }
  for (const Progress& progress : read_progress(run)) {
    if (!is_alive(progress, unix_now())) continue;
    throw Error(
        Errc::usage,
        fmt::format("found element {} {} (pid {} on {}), expected no element at work; {}",
                    progress.element.value(), progress.state, progress.pid, progress.host, advice),
        {run.root(), {}, 0});
  }
}

/// Shards of another plan mean that somebody changed plan.json: the ordinals no longer mean the
/// same.
void refuse_foreign(const RunDir& run, const Digest& plan, const Coverage& coverage) {
  for (const BadShard& bad : coverage.bad) {
    Digest found = plan;
    try {
      found = read_shard_header(run.shards() / bad.name).plan;
    } catch (const Error&) {
      continue;  // damaged, not foreign: its items are simply done again
    }
    if (found == plan) continue;
    throw Error(Errc::data,
                fmt::format("found shard {} of plan {}, expected plan {}; plan.json was changed "
                            "after shards were written",
                            bad.name, found.short_hex(), plan.short_hex()),
                {run.plan(), {}, 0});
  }
}

void forget_progress(const RunDir& run) {
  std::error_code ignored;  // display only
  for (const auto& entry : std::filesystem::directory_iterator(run.progress(), ignored)) {
    std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

RunReport resume(const ResumeOptions& options) {
  const RunDir run = RunDir::open(std::filesystem::absolute(options.run).lexically_normal());
  const Plan plan = load_plan(run.plan());
  const std::string before = last_backend(run);
  const std::string on = options.on.empty() ? before : options.on;
  const SubmitSpec spec =
      parse_submit_spec(submit_spec_json(plan.submit), run.plan(), options.overrides);
  if (!options.force) refuse_running(run, plan, on == "slurm" || before == "slurm");
  const Coverage coverage = read_coverage(run, plan.digest(), Trust::digests);
  refuse_foreign(run, plan.digest(), coverage);
  for (const BadShard& bad : coverage.bad) {
    spdlog::warn("{}: {}; its items are done again", bad.name, bad.reason);
  }
  const IntervalSet work = coverage.to_do(plan);
  if (work.empty()) {
    spdlog::info("{}: nothing to do", run.root().string());
    RunReport report;
    report.root = run.root();
    report.run_id = plan.run_id;
    const LaunchRecord record(run);
    report.aggregate_code = run_aggregate(run);
    report.exit_code = *report.aggregate_code;
    count_the_rest(report, run, plan);
    return report;
  }
  std::optional<SlurmBackend> slurm;
  if (on == "slurm") slurm.emplace(plan, spec);
  const Geometry geometry = slurm ? slurm->fit(run, work, options.wish)
                                  : local_geometry(spec.resources, work.size(), options.wish);
  forget_progress(run);  // of elements that the new submission may number differently
  const Submission submission = write_submission(run, work, geometry.elements, geometry.ranks, on);
  spdlog::info("{}: {} of {} items are to do, {} x {} ranks", run.root().string(), work.size(),
               plan.items(), geometry.elements, geometry.ranks);
  return slurm ? run_slurm(run, plan, *slurm, submission)
               : run_local(run, plan, submission, geometry);
}

}  // namespace tally::launcher
