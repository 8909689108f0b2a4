#include "launcher/run_status.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <string_view>

#include "core/base/error.hpp"
#include "core/plan/process_identity.hpp"
#include "launcher/slurm/slurm_status.hpp"

namespace tally::launcher {
namespace {

bool claims_to_run(const Progress& progress) {
  return progress.state == "running" || progress.state == "stopping";
}

/// The coverage knows what is done; the progress file only what somebody is doing.
std::string state_of(const ElementStatus& element, double now_unix) {
  const auto& progress = element.progress;
  if (progress && claims_to_run(*progress)) {
    if (is_alive(*progress, now_unix)) return progress->state;
    return element.to_do == 0 ? "done" : "lost";
  }
  if (element.to_do == 0) return "done";
  if (!progress) return "waiting";
  // It ended, with work left: "done" is then its view only.
  return progress->state == "failed" ? "failed" : "incomplete";
}

/// The last word of summary.json, which may be long (docs/formats.md#results).
bool results_are_complete(const RunDir& run) {
  constexpr std::string_view kComplete = "\"complete\":true}}\n";
  std::ifstream file(run.results() / "current" / "summary.json", std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::streamoff>(file.tellg());
  if (!file || size < static_cast<std::streamoff>(kComplete.size())) return false;
  std::string end(kComplete.size(), '\0');
  file.seekg(size - static_cast<std::streamoff>(kComplete.size()));
  return file.read(end.data(), static_cast<std::streamsize>(end.size())) && end == kComplete;
}

std::optional<Submission> last_submission(const RunDir& run) {
  try {
    return read_last_submission(run);
  } catch (const Error& error) {
    if (error.code() == Errc::missing) return std::nullopt;
    throw;
  }
}

void add_elements(RunStatus& status, const RunDir& run, const Submission& submission,
                  const Coverage& coverage, const IntervalSet& to_do, double now_unix) {
  std::map<std::uint32_t, Progress> progress;
  for (Progress& entry : read_progress(run)) progress[entry.element.value()] = std::move(entry);
  for (std::uint32_t i = 0; i < submission.elements.size(); ++i) {
    const IntervalSet& items = submission.elements[i];
    ElementStatus element;
    element.element = ElementId(i);
    element.items = items.size();
    element.recorded = coverage.recorded.intersected(items).size();
    element.to_do = to_do.intersected(items).size();
    if (const auto found = progress.find(i); found != progress.end()) {
      element.progress = found->second;
    }
    element.state = state_of(element, now_unix);
    if (element.state == "running" || element.state == "stopping") {
      status.running = true;
      status.rate += element.progress->rate;
    }
    status.elements.push_back(std::move(element));
  }
}

}  // namespace

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool is_alive(const Progress& progress, double now_unix) {
  if (!claims_to_run(progress) || now_unix - progress.heartbeat_unix > kHeartbeatLimit)
    return false;
  if (progress.host != host_name()) return true;
  const auto process = identify_process(static_cast<pid_t>(progress.pid));
  if (!process) return false;
  return progress.start_ticks == 0 || progress.start_ticks == process->start_ticks;
}

RunStatus read_status(const RunDir& run, double now_unix) {
  const Plan plan = load_plan(run.plan());
  const Coverage coverage = read_coverage(run, plan.digest(), Trust::headers);
  const IntervalSet to_do = coverage.to_do(plan);
  RunStatus status;
  status.root = run.root();
  status.run_id = plan.run_id;
  status.tasks = plan.tasks();
  status.items = plan.items();
  status.recorded = coverage.recorded.size();
  status.to_do = to_do.size();
  status.given_up = coverage.given_up(plan).size();
  status.shards = coverage.shards;
  status.bytes = coverage.bytes;
  status.bad = coverage.bad;
  status.recorded_all = status.to_do == 0 && status.given_up == 0;
  status.complete = status.recorded_all && results_are_complete(run);
  if (const auto submission = last_submission(run)) {
    status.submission = submission->number;
    add_elements(status, run, *submission, coverage, to_do, now_unix);
    if (submission->backend == "slurm" || was_on(run, "slurm")) add_slurm(status, run, plan);
  }
  if (status.rate > 0.0) status.eta_seconds = static_cast<double>(status.to_do) / status.rate;
  return status;
}

}  // namespace tally::launcher
