#include "launcher/slurm/slurm_backend.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/config/checks.hpp"
#include "launcher/programs.hpp"
#include "launcher/slurm/submit_record.hpp"

namespace tally::launcher {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPoll{500};
constexpr std::uint64_t kMaxScriptBytes = std::uint64_t{4} << 20U;  // sbatch takes no more

std::filesystem::path script_or(const std::filesystem::path& own, const char* ours) {
  return own.empty() ? shared_file(ours) : own;
}

// What the config says of the site wins.
SiteLimits with_own(SiteLimits site, const SlurmSpec& slurm) {
  if (slurm.max_array > 0) site.max_array = slurm.max_array;
  if (slurm.max_submit > 0) site.max_submit = slurm.max_submit;
  return site;
}

}  // namespace

uid_t run_owner(const RunDir& run) {
  struct stat status {};
  if (::stat(run.plan().c_str(), &status) != 0)
    throw errno_error(errno == ENOENT ? Errc::missing : Errc::io, "stat", run.plan(), errno);
  return status.st_uid;
}

std::string token_of(const RunDir& run, const Digest& plan) {
  return run_token(std::filesystem::weakly_canonical(run.root()), plan);
}

SlurmBackend::SlurmBackend(const Plan& plan, SubmitSpec spec, std::chrono::seconds patience)
    : plan_(plan), spec_(std::move(spec)), client_(patience) {}

SiteLimits SlurmBackend::limits() const {
  if (!limits_) limits_ = with_own(client_.limits(), spec_.slurm);
  return *limits_;
}

// For what is only shown: one question, and no answer is one, too.
void SlurmBackend::guess_limits() const {
  if (limits_) return;
  SiteLimits site;
  try {
    if (spec_.slurm.max_array == 0) site = SlurmClient(std::chrono::seconds(0)).limits();
  } catch (const Error& error) {
    spdlog::warn("{}; expected the site's limits; arrays are cut as Slurm's defaults are",
                 error.what());
  }
  limits_ = with_own(site, spec_.slurm);
}

Geometry SlurmBackend::geometry(std::uint64_t items, const GeometryWish& wish) const {
  const std::uint32_t most = limits().max_submit;
  // One of the jobs is the aggregate.
  return slurm_geometry(spec_.resources, items, wish, most > 1 ? most - 1 : most);
}

Geometry SlurmBackend::fit(const RunDir& run, const IntervalSet& work, const GeometryWish& wish) {
  Geometry wished = geometry(work.size(), wish);
  const auto ask = [&](const Geometry& asked) {
    test(run, {1, "slurm", asked.ranks, work.split(asked.elements)});
  };
  try {
    ask(wished);
    return wished;
  } catch (const Error& error) {
    // The user's own limit takes sacctmgr long to tell, so it is asked only when it matters.
    const std::uint32_t most = is_submit_limit(error.what()) ? own_max_submit() : 0;
    if (most < 2 || most > wished.elements) throw;
    limits_->max_submit = most;
  }
  const Geometry fitting = geometry(work.size(), wish);
  spdlog::warn("{} elements instead of {}: you may have {} jobs in the queue", fitting.elements,
               wished.elements, limits_->max_submit);
  ask(fitting);
  return fitting;
}

SlurmSubmission SlurmBackend::shared(const RunDir& run, const Submission& submission) const {
  SlurmSubmission shared;
  shared.root = run.root();
  shared.run_id = plan_.run_id;
  shared.token = token_of(run, plan_.digest());
  shared.number = submission.number;
  shared.ranks = submission.ranks;
  shared.attempts = plan_.retry.attempts;
  shared.spec = spec_;
  shared.programs = own_program().parent_path();
  shared.array = scripts().front();
  shared.aggregate = scripts().back();
  check_submission(shared);
  return shared;
}

std::vector<std::filesystem::path> SlurmBackend::scripts() const {
  return {script_or(spec_.slurm.script, "slurm/array.sbatch"),
          script_or(spec_.slurm.aggregate, "slurm/aggregate.sbatch")};
}

std::vector<ArrayPart> SlurmBackend::parts(const Submission& submission) const {
  return split_array(static_cast<std::uint32_t>(submission.elements.size()), limits().max_array,
                     spec_.resources.max_running);
}

std::vector<Command> SlurmBackend::render(const RunDir& run, const Submission& submission) const {
  const SlurmSubmission common = shared(run, submission);
  guess_limits();
  const std::vector<ArrayPart> array = parts(submission);
  std::vector<Command> commands;
  std::vector<std::string> jobs;
  for (const ArrayPart& part : array) {
    std::vector<std::string> after;
    if (part.after) after.push_back(jobs[*part.after]);
    commands.push_back(array_command(common, part, after));
    jobs.push_back(fmt::format("JOB{}", jobs.size() + 1));
  }
  commands.push_back(aggregate_command(common, jobs));
  return commands;
}

void SlurmBackend::take_back(const std::vector<std::string>& jobs) const {
  try {
    client_.cancel(jobs);
  } catch (const Error& error) {  // the first error is the one to report
    spdlog::error("{}; `tally cancel` ends what is queued", error.what());
  }
}

std::string SlurmBackend::test(const RunDir& run, const Submission& submission) const {
  const SlurmSubmission common = shared(run, submission);
  std::string answer = client_.test(array_command(common, parts(submission).front(), {}));
  try {  // it asks for other things, so it may be refused alone
    static_cast<void>(client_.test(aggregate_command(common, {})));
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("aggregate: {}", error.what()));
  }
  return answer;
}

// What is submitted is the run's own copy: scripts change, and people look for what ran.
SlurmSubmission SlurmBackend::kept(const RunDir& run, const Submission& submission) const {
  SlurmSubmission common = shared(run, submission);
  const auto keep = [&](std::filesystem::path& script, const char* name) {
    const std::filesystem::path copy = submitted_script(run, submission.number, name);
    publish_replace(run.temp(), copy, read_text(script, kMaxScriptBytes));
    script = copy;
  };
  keep(common.array, "array");
  keep(common.aggregate, "aggregate");
  return common;
}

std::string SlurmBackend::queue(const SlurmSubmission& common, const Command& command,
                                const JobName& name) const {
  try {
    return client_.submit(command, name, common.token);
  } catch (const Error& error) {
    if (error.code() != Errc::unavailable) throw;
    const std::string job = job_name(common.run_id, name, common.token);
    throw Error(Errc::unavailable,
                fmt::format("{}; job {} may be queued all the same: once Slurm answers, `squeue "
                            "--name={}` shows it and `tally cancel {}` ends it",
                            error.what(), job, job, common.root.string()));
  }
}

SubmissionResult SlurmBackend::submit(const RunDir& run, const Submission& submission) {
  const SlurmSubmission common = kept(run, submission);
  SubmitRecord record;
  record.number = submission.number;
  const auto queued = [&](const Command& command, std::optional<std::uint32_t> offset) {
    record.commands.push_back(shell_text(command));
    return queue(common, command, {submission.number, offset});
  };
  try {
    for (const ArrayPart& part : parts(submission)) {
      std::vector<std::string> after;
      if (part.after) after.push_back(record.arrays[*part.after].job);
      const std::string job = queued(array_command(common, part, after), part.offset);
      record.arrays.push_back({job, part.offset, part.count});
      spdlog::info("job {}: elements {} to {}", job, part.offset, part.offset + part.count - 1);
    }
    record.aggregate = queued(aggregate_command(common, record.jobs()), std::nullopt);
    write_submit_record(run, record);
  } catch (const Error&) {  // half a submission would run without its end
    take_back(record.jobs());
    throw;
  }
  SubmissionResult result;
  result.jobs = record.jobs();
  try {
    look_at_queue(run, submission.number, result);
  } catch (const Error& error) {
    result.warnings.push_back(
        fmt::format("queued, but not looked at again ({}); see `tally status`", error.what()));
  }
  return result;
}

// Limits are checked while a job is taken in, so such a reason is there at once.
void SlurmBackend::look_at_queue(const RunDir& run, std::uint32_t number,
                                 SubmissionResult& result) const {
  std::set<std::string> found;
  for (const QueueLine& line : client_.queue(token_of(run, plan_.digest()), run_owner(run))) {
    if (line.name.submission != number || line.tasks.empty()) continue;
    const JobTask& task = line.tasks.front();
    const auto why = task.state == JobState::waiting ? never_starts(task.reason) : std::nullopt;
    if (why) {
      found.insert(fmt::format("job {}: {}", task.job, *why));
      result.stuck = true;
    }
    ResourcesSpec granted;  // where the config says nothing, the site or an option in `extra` does
    granted.time = line.limit.value_or(std::chrono::seconds(0));
    if (const auto problem = stop_problem(granted, spec_.slurm); problem && line.name.offset)
      found.insert(fmt::format("job {}: time limit: {}", task.job, *problem));
  }
  result.warnings.assign(found.begin(), found.end());
}

std::vector<std::string> SlurmBackend::live_jobs(const RunDir& run, std::size_t& tasks) const {
  std::set<std::string> jobs;
  tasks = 0;
  for (const QueueLine& line : client_.queue(token_of(run, plan_.digest()), run_owner(run))) {
    for (const JobTask& task : line.tasks) {
      if (!is_live(task.state)) continue;
      jobs.insert(task.job);
      if (line.name.offset) ++tasks;
    }
  }
  return {jobs.begin(), jobs.end()};
}

std::optional<std::string> SlurmBackend::at_work(const RunDir& run) const {
  std::size_t tasks = 0;
  const std::vector<std::string> jobs = live_jobs(run, tasks);
  if (tasks == 0) return std::nullopt;  // an aggregate that still waits disturbs nobody
  return fmt::format("{} elements in Slurm's queue (jobs {})", tasks, fmt::join(jobs, ", "));
}

Cancelled SlurmBackend::cancel(const RunDir& run, std::chrono::milliseconds timeout) {
  std::size_t tasks = 0;
  const std::vector<std::string> jobs = live_jobs(run, tasks);
  if (jobs.empty()) return Cancelled::nothing_running;
  client_.cancel(jobs);
  const auto deadline = Clock::now() + timeout;
  while (!live_jobs(run, tasks).empty()) {
    if (Clock::now() > deadline) return Cancelled::still_ending;
    std::this_thread::sleep_for(kPoll);
  }
  return Cancelled::ended;
}

}  // namespace tally::launcher
