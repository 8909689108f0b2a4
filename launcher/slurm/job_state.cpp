#include "launcher/slurm/job_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/error.hpp"
#include "core/base/interval_set.hpp"

namespace tally::launcher {
namespace {

struct Word {
  std::string_view word;
  JobState state;
};
// man squeue, JOB STATE CODES (22.05 to 24.11).
constexpr std::array<Word, 24> kWords{{
    {"PENDING", JobState::waiting},       {"CONFIGURING", JobState::waiting},
    {"REQUEUED", JobState::waiting},      {"REQUEUE_FED", JobState::waiting},
    {"REQUEUE_HOLD", JobState::waiting},  {"RESV_DEL_HOLD", JobState::waiting},
    {"SPECIAL_EXIT", JobState::waiting},  {"SUSPENDED", JobState::running},
    {"STOPPED", JobState::running},       {"RESIZING", JobState::running},
    {"RUNNING", JobState::running},       {"SIGNALING", JobState::running},
    {"COMPLETING", JobState::stopping},   {"STAGE_OUT", JobState::stopping},
    {"COMPLETED", JobState::completed},   {"FAILED", JobState::failed},
    {"OUT_OF_MEMORY", JobState::failed},  {"DEADLINE", JobState::failed},
    {"CANCELLED", JobState::cancelled},   {"TIMEOUT", JobState::interrupted},
    {"PREEMPTED", JobState::interrupted}, {"NODE_FAIL", JobState::interrupted},
    {"BOOT_FAIL", JobState::interrupted}, {"REVOKED", JobState::interrupted},
}};

constexpr std::array<std::string_view, 8> kNames{"waiting", "running",   "stopping",    "completed",
                                                 "failed",  "cancelled", "interrupted", "unknown"};

// Takes the text up to the next `end` from `text`.
std::string_view take(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || text.empty() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_job_id(std::string_view text) { return number(text).has_value(); }

// "7", "0-3,9", "0-999%20": the tasks of an array.
std::optional<std::vector<std::uint32_t>> task_list(std::string_view text) {
  text = text.substr(0, text.find('%'));
  std::vector<std::uint32_t> tasks;
  try {
    const IntervalSet set = IntervalSet::parse(text);
    for (const Interval& interval : set.intervals()) {
      if (interval.end > 4'000'001) return std::nullopt;  // above any MaxArraySize
      for (auto task = interval.begin; task < interval.end; ++task)
        tasks.push_back(static_cast<std::uint32_t>(task));
    }
  } catch (const Error&) {
    return std::nullopt;
  }
  return tasks;
}

// One task for a plain job, many for the waiting rest of an array.
std::vector<JobTask> expand(const JobTask& first, std::string_view tasks) {
  std::vector<JobTask> all;
  if (tasks.empty()) {
    all.push_back(first);
    return all;
  }
  const auto list = task_list(tasks);
  if (!list) return all;
  for (const std::uint32_t task : *list) {
    all.push_back(first);
    all.back().task = task;
  }
  return all;
}

}  // namespace

JobState job_state(std::string_view slurm_word) {
  slurm_word = slurm_word.substr(0, slurm_word.find(' '));  // "CANCELLED by 1001"
  const auto found = std::ranges::find(kWords, slurm_word, &Word::word);
  return found == kWords.end() ? JobState::unknown : found->state;
}

std::string_view job_state_name(JobState state) { return kNames[static_cast<std::size_t>(state)]; }

bool is_live(JobState state) {
  return state == JobState::waiting || state == JobState::running || state == JobState::stopping;
}

bool JobTask::is_unfinished() const {
  static constexpr std::array<std::string_view, 7> kFinal{"64", "65", "66", "69", "70", "74", "78"};
  std::string_view code = reason;
  if (state != JobState::failed || !code.starts_with("exit ")) return false;
  code.remove_prefix(5);
  const std::string_view exit_code = take(code, ':');
  return code == "0" && exit_code != "0" && std::ranges::find(kFinal, exit_code) == kFinal.end();
}

std::optional<std::chrono::seconds> queue_time_limit(std::string_view text) {
  std::chrono::seconds limit{0};
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto days = number(take(text, '-'));
    if (!days) return std::nullopt;
    limit += std::chrono::days(*days);
  }
  std::uint64_t seconds = 0;
  do {
    const auto part = number(take(text, ':'));
    if (!part) return std::nullopt;
    seconds = seconds * 60 + *part;
  } while (!text.empty());
  return limit + std::chrono::seconds(seconds);
}

std::vector<QueueLine> parse_queue(std::string_view text, std::string_view token) {
  std::vector<QueueLine> lines;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    const std::string_view job = take(line, '|');
    std::string_view tasks = take(line, '|');
    const std::string_view word = take(line, '|');
    const std::string_view reason = take(line, '|');
    const auto name = parse_job_name(take(line, '|'), token);
    if (!name || !is_job_id(job)) continue;
    if (tasks == "N/A") tasks = {};
    JobTask first{std::string(job), std::nullopt, job_state(word), std::string(word), {}};
    if (reason != "None") first.reason = reason;
    lines.push_back({*name, expand(first, tasks), queue_time_limit(line)});
  }
  return lines;
}

std::vector<JobTask> parse_accounting(std::string_view text, std::string_view token) {
  std::vector<JobTask> all;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    std::string_view id = take(line, '|');
    const std::string_view word = take(line, '|');
    const std::string_view code = take(line, '|');
    const std::string_view job = take(id, '_');
    if (!is_job_id(job) || !parse_job_name(line, token)) continue;
    if (id.starts_with('[')) id = id.substr(1, id.size() - (id.ends_with(']') ? 2 : 1));
    JobTask first{std::string(job), std::nullopt, job_state(word), std::string(word), {}};
    if (!code.empty() && code != "0:0") first.reason = fmt::format("exit {}", code);
    for (JobTask& task : expand(first, id)) all.push_back(std::move(task));
  }
  return all;
}

std::optional<std::string> never_starts(std::string_view reason) {
  // man squeue, JOB REASON CODES: those that no time heals.
  static constexpr std::array<std::string_view, 16> kNever{"PartitionTimeLimit",
                                                           "PartitionNodeLimit",
                                                           "DependencyNeverSatisfied",
                                                           "BadConstraints",
                                                           "InvalidAccount",
                                                           "InvalidQOS",
                                                           "AccountNotAllowed",
                                                           "QOSNotAllowed",
                                                           "JobHeldAdmin",
                                                           "JobHeldUser",
                                                           "PartitionConfig",
                                                           "JobHoldMaxRequeue",
                                                           "launch failed requeued held",
                                                           "launch_failed_requeued_held",
                                                           "QOSMaxWallDurationPerJobLimit",
                                                           "AssocMaxWallDurationPerJobLimit"};
  for (const std::string_view never : kNever) {
    if (!reason.starts_with(never)) continue;
    return fmt::format("it waits for ever: {}", reason);
  }
  return std::nullopt;
}

}  // namespace tally::launcher
