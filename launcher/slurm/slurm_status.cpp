#include "launcher/slurm/slurm_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "launcher/slurm/slurm_backend.hpp"

namespace tally::launcher {
namespace {

constexpr std::chrono::seconds kNoPatience{0};  // status is asked again soon enough

std::string words_of(const JobTask& task) {
  if (task.reason.empty()) return task.word;
  return fmt::format("{} ({})", task.word, task.reason);
}

std::string id_of(const JobTask& task) {
  return task.task ? fmt::format("{}_{}", task.job, *task.task) : task.job;
}

void set_live(ElementStatus& element, JobState state) {
  if (state == JobState::waiting) {
    element.state = "waiting";
  } else if (state == JobState::stopping) {
    element.state = "stopping";
  } else if (element.state != "stopping") {  // its own word is newer
    element.state = "running";
  }
}

void set_ended(ElementStatus& element, const JobTask& task) {
  const JobState state = task.state;
  if (element.to_do == 0) {
    element.state = "done";
  } else if (state == JobState::failed && !task.is_unfinished()) {
    element.state = "failed";
  } else if (state == JobState::cancelled) {
    element.state = "cancelled";
  } else if (state != JobState::unknown) {
    element.state = "incomplete";
  }
}

void lay_over_element(RunStatus& status, std::uint64_t index, const JobTask& task) {
  if (index >= status.elements.size()) return;
  ElementStatus& element = status.elements[index];
  element.job = id_of(task);
  element.scheduler = words_of(task);
  if (is_live(task.state))
    set_live(element, task.state);
  else
    set_ended(element, task);
}

// What accounting alone calls alive is seconds late, or was lost by the controller.
JobTask no_longer_queued(JobTask task) {
  if (!is_live(task.state)) return task;
  task.state = JobState::unknown;
  task.reason = "not in the queue";
  return task;
}

// The elements of an array begin at its offset.
std::optional<std::uint32_t> offset_of(const std::optional<SubmitRecord>& record,
                                       const std::string& job) {
  if (!record) return std::nullopt;
  const auto found = std::ranges::find(record->arrays, job, &SubmitRecord::Array::job);
  if (found == record->arrays.end()) return std::nullopt;
  return found->offset;
}

void lay_over_past(RunStatus& status, const SlurmWords& words) {
  for (const JobTask& each : words.past) {
    const JobTask task = no_longer_queued(each);
    if (words.record && task.job == words.record->aggregate)
      status.aggregate = fmt::format("{} {}", task.job, words_of(task));
    const auto offset = offset_of(words.record, task.job);
    if (offset && task.task) lay_over_element(status, *offset + *task.task, task);
  }
}

}  // namespace

void lay_over(RunStatus& status, const SlurmWords& words) {
  lay_over_past(status, words);  // first: what is in the queue is newer
  std::set<std::string> notes;
  std::map<std::uint32_t, std::set<std::string>> others;  // live jobs by submission
  bool queued = false;
  bool running = false;
  for (const QueueLine& line : words.queue) {
    for (const JobTask& task : line.tasks) {
      const bool waits = task.state == JobState::waiting;
      const bool works = is_live(task.state) && !waits && line.name.offset;
      running = running || works;
      queued = queued || (is_live(task.state) && !works);  // an aggregate that runs, too
      if (line.name.submission != status.submission) {
        if (is_live(task.state)) others[line.name.submission].insert(task.job);
        continue;
      }
      const auto why = waits ? never_starts(task.reason) : std::nullopt;
      if (why) notes.insert(fmt::format("job {}: {}", task.job, *why));
      if (!line.name.offset) {
        status.aggregate = fmt::format("{} {}", task.job, words_of(task));
      } else if (task.task) {
        lay_over_element(status, *line.name.offset + *task.task, task);
      }
    }
  }
  for (const auto& [number, jobs] : others) {
    notes.insert(fmt::format("jobs of submission {} are in Slurm's queue, too: {}", number,
                             fmt::join(jobs, ", ")));
  }
  status.notes.insert(status.notes.end(), notes.begin(), notes.end());
  status.running = status.running || running;
  status.queued = queued;
}

void add_slurm(RunStatus& status, const RunDir& run, const Plan& plan) {
  try {
    const SlurmClient client(kNoPatience);
    SlurmWords words;
    words.record = read_submit_record(run, status.submission);
    const std::string token = token_of(run, plan.digest());
    words.queue = client.queue(token, run_owner(run));
    if (words.record) words.past = client.accounting(words.record->jobs(), token);
    lay_over(status, words);
  } catch (const Error& error) {
    status.notes.push_back(fmt::format(
        "no answer from Slurm ({}); the states are what the run's own files say", error.what()));
  }
}

}  // namespace tally::launcher
