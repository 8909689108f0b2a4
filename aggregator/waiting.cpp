#include "aggregator/waiting.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "aggregator/outputs/report.hpp"
#include "core/base/error.hpp"
#include "core/plan/coverage.hpp"
#include "core/plan/process_identity.hpp"
#include "core/plan/progress.hpp"
#include "core/plan/submission.hpp"

namespace tally::aggregator {
namespace {

constexpr std::chrono::seconds kPoll{2};
constexpr double kHeartbeatSeconds = 120.0;
constexpr std::size_t kMaxTasksShown = 20;

bool lives(const Progress& progress, double now_unix) {
  return !is_over(progress) && now_unix - progress.heartbeat_unix <= kHeartbeatSeconds;
}

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Whether the local launch that would start the next element may be at work. Of another host its
/// process cannot be seen: there it counts as long as somebody gave a sign of life.
bool launch_lives(const RunDir& run, const std::vector<Progress>& known, double now_unix) {
  const auto launch = read_identity(local_record(run));
  if (!launch) return false;
  if (launch->host == host_name()) return identify_process(launch->pid) == launch;
  std::error_code failed;
  const auto written = std::filesystem::last_write_time(local_record(run), failed);
  if (failed) return false;
  const auto since = std::chrono::file_clock::to_sys(written).time_since_epoch();
  double heard = std::chrono::duration<double>(since).count();
  for (const Progress& p : known) heard = std::max(heard, p.heartbeat_unix);
  return now_unix - heard <= kHeartbeatSeconds;
}

/// Whether all work is committed or given up, by the shards' headers.
bool nothing_to_do(const RunDir& run, const Plan& plan) {
  return read_coverage(run, plan.digest(), Trust::headers).to_do(plan).empty();
}

std::string task_line(const Plan& plan, const Task& task, std::uint64_t done) {
  return fmt::format("  {}  {} on {}  {}/{}\n", plan.task_id(task),
                     printable(plan.models[task.model].spec.name),
                     printable(plan.datasets[task.dataset].spec.slug), done, task.items());
}

}  // namespace

bool any_element_lives(const RunDir& run, double now_unix) {
  const std::vector<Progress> known = read_progress(run);
  if (std::ranges::any_of(known, [&](const Progress& p) { return lives(p, now_unix); }))
    return true;
  const Submission submission = read_last_submission(run);
  // Here it is the launch that starts elements, also again; a scheduler's queue does it unasked.
  if (submission.backend == "local") return launch_lives(run, known, now_unix);
  for (std::uint32_t i = 0; i < submission.elements.size(); ++i) {
    const auto mine = [&](const Progress& p) { return p.element.value() == i; };
    if (!submission.elements[i].empty() && std::ranges::none_of(known, mine)) return true;
  }
  return false;
}

std::string progress_table(const RunDir& run, const Plan& plan) {
  const Coverage coverage = read_coverage(run, plan.digest(), Trust::headers);
  std::string text = fmt::format("run {}\n", printable(plan.run_id));
  std::size_t shown = 0;
  const IntervalSet missing = coverage.recorded.complement(plan.items());
  // From gap to gap, so a run of a million finished tasks costs nothing.
  std::uint64_t next_task = 0;
  for (const Interval& gap : missing.intervals()) {
    std::uint64_t index = std::max(next_task, plan.task_of(gap.begin));
    for (; shown < kMaxTasksShown && index <= plan.task_of(gap.end - 1); ++index, ++shown) {
      const Task task = plan.task(index);
      const auto done = coverage.recorded.intersected(IntervalSet(task.interval())).size();
      text += task_line(plan, task, done);
    }
    next_task = std::max(next_task, index);
    if (shown == kMaxTasksShown) break;
  }
  if (shown == kMaxTasksShown) text += "  ...\n";
  for (const Progress& p : read_progress(run))
    text += fmt::format("  element {} attempt {} {}: {}/{} done, {} committed, {:.1f} items/s {}\n",
                        p.element.value(), p.attempt.value(), printable(p.state), p.done, p.planned,
                        p.committed, p.rate, printable(p.message));
  text += fmt::format("  {}/{} items recorded in {} shards\n", coverage.recorded.size(),
                      plan.items(), coverage.shards);
  return text;
}

void wait_for_run(const RunDir& run, const Plan& plan, const Waiting& waiting) {
  const auto start = std::chrono::steady_clock::now();
  while (!nothing_to_do(run, plan) && any_element_lives(run, unix_now())) {
    if (waiting.follow) std::fputs(progress_table(run, plan).c_str(), stderr);
    if (waiting.timeout && std::chrono::steady_clock::now() - start >= *waiting.timeout) {
      spdlog::warn("waited {} s: aggregating what is there", waiting.timeout->count());
      return;
    }
    std::this_thread::sleep_for(kPoll);
  }
  if (waiting.follow) std::fputs(progress_table(run, plan).c_str(), stderr);
}

}  // namespace tally::aggregator
