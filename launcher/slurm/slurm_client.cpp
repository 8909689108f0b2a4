#include "launcher/slurm/slurm_client.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <thread>

#include "core/base/error.hpp"

namespace tally::launcher {
namespace {

constexpr std::chrono::seconds kCallLimit{60};
constexpr std::chrono::seconds kLongestPause{8};

// What a person sets for their own use of Slurm's programs: filters and formats would hide jobs
// from us, SCANCEL_INTERACTIVE would ask nobody. Of sbatch's variables a site's defaults (account,
// partition, time, ...) are wanted; ours are not: those of the log, of another cluster than the one
// that we ask, those that keep sbatch waiting, those that would make the aggregate an array, and
// the restarts of a job that we are in, which its own would take for theirs.
Captured call(Command command) {
  command.unset = {"SQUEUE_*",         "SACCT_*",         "SCANCEL_*",          "SCONTROL_*",
                   "SBATCH_ARRAY_INX", "SBATCH_CLUSTERS", "SBATCH_ERROR",       "SBATCH_OUTPUT",
                   "SBATCH_OPEN_MODE", "SBATCH_REQUEUE",  "SBATCH_NO_REQUEUE",  "SBATCH_SIGNAL",
                   "SBATCH_WAIT",      "SBATCH_JOB_NAME", "SLURM_RESTART_COUNT"};
  return capture(command, kCallLimit);
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text.append(between);
    text.append(word);
  }
  return text;
}

// "MaxArraySize            = 1001"
std::optional<std::uint32_t> setting(std::string_view config, std::string_view key) {
  auto at = config.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  at = config.find_first_not_of(" =", at + key.size());
  if (at == std::string_view::npos) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, code] =
      std::from_chars(config.data() + at, config.data() + config.size(), value);
  return code == std::errc() ? std::optional(value) : std::nullopt;
}

[[noreturn]] void give_up(const Command& command, const Captured& captured) {
  throw Error(Errc::unavailable,
              fmt::format("{}: {}", command.argv.front(), captured.last_words()));
}

// Slurm's own reason, and then what it makes of it.
[[noreturn]] void refuse(const Captured& captured) {
  std::string words;
  std::string_view rest = captured.err;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (end > 0) words.append(words.empty() ? "" : "; ").append(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  throw Error(Errc::config, fmt::format("slurm: found a refusal ({}), expected a job",
                                        words.empty() ? captured.last_words() : words));
}

// The array's or job's id: "123" or "123;cluster".
std::string job_id_of(const Captured& captured) {
  const std::string id = captured.out.substr(0, captured.out.find_first_of(";\n"));
  if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos) {
    throw Error(Errc::unavailable,
                fmt::format("sbatch: found \"{}\", expected a job id", captured.last_words()));
  }
  return id;
}

}  // namespace

SiteLimits parse_limits(std::string_view config) {
  SiteLimits limits;
  if (const auto size = setting(config, "MaxArraySize"); size && *size > 0)
    limits.max_array = *size;
  if (const auto count = setting(config, "MaxJobCount")) limits.max_submit = *count;
  return limits;
}

std::uint32_t parse_max_submit(std::string_view associations) {
  std::uint32_t least = 0;
  while (!associations.empty()) {
    const auto end = std::min(associations.find('\n'), associations.size());
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(associations.data(), associations.data() + end, value);
    if (parsed.ec == std::errc() && value > 0) least = least == 0 ? value : std::min(least, value);
    associations.remove_prefix(std::min(end + 1, associations.size()));
  }
  return least;
}

bool is_submit_limit(std::string_view words) {
  return words.find("submit limit") != std::string_view::npos ||
         words.find("MaxSubmitJob") != std::string_view::npos;
}

bool is_controller_away(std::string_view words) {
  static constexpr std::array<std::string_view, 10> kAway{
      "Unable to contact slurm controller",
      "Socket timed out",
      "Connection refused",
      "Zero Bytes were transmitted",
      "Connection timed out",
      "Transport endpoint",
      "Unexpected message received",
      "Slurm temporarily unable to accept job",
      "Resource temporarily unavailable",  // MaxJobCount
      "Communication connection failure"};
  return std::ranges::any_of(
      kAway, [&](std::string_view each) { return words.find(each) != std::string_view::npos; });
}

bool try_patiently(std::chrono::seconds patience,
                   const std::function<std::optional<std::string>()>& attempt) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::chrono::seconds pause{1};
  while (const auto complaint = attempt()) {
    if (std::chrono::steady_clock::now() + pause > deadline) return false;
    spdlog::warn("{}; trying again", *complaint);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  return true;
}

bool SlurmClient::is_away(const Captured& captured) const {
  if (captured.ok()) return false;
  const bool away = captured.timed_out || is_controller_away(captured.err);
  was_away_ = was_away_ || away;
  // A controller that has just come back does not know its nodes yet.
  return away || (was_away_ && captured.err.find("Requested node configuration is not available") !=
                                   std::string::npos);
}

Captured SlurmClient::ask(const Command& command) const {
  Captured captured;
  const bool answered = try_patiently(patience_, [&]() -> std::optional<std::string> {
    captured = call(command);
    if (!is_away(captured)) return std::nullopt;
    return fmt::format("{}: {}", command.argv.front(), captured.last_words());
  });
  if (!answered) give_up(command, captured);
  return captured;
}

std::uint32_t own_max_submit() {
  const passwd* const user = ::getpwuid(::getuid());
  if (user == nullptr) return 0;
  try {
    const Captured associations =
        call({{"sacctmgr", "--noheader", "--parsable2", "show", "assoc",
               fmt::format("user={}", user->pw_name), "format=MaxSubmitJobs"},
              {}});
    return associations.ok() ? parse_max_submit(associations.out) : 0;
  } catch (const Error& error) {
    if (error.code() != Errc::missing) throw;
    return 0;
  }
}

std::vector<QueueLine> SlurmClient::queue(const std::string& token, uid_t owner) const {
  return queue_with({}, token, owner);
}

std::vector<QueueLine> SlurmClient::queue_with(const std::vector<std::string>& options,
                                               const std::string& token, uid_t owner) const {
  // Without SLURM_BITSTR_LEN the task list of an array ends after 64 characters.
  Command command{{"squeue", "--noheader", "--all", fmt::format("--user={}", owner),
                   fmt::format("--format={}", kQueueFormat)},
                  {{"SLURM_BITSTR_LEN", "0"}}};
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  const Captured captured = ask(command);
  if (!captured.ok()) give_up(command, captured);
  return parse_queue(captured.out, token);
}

std::vector<JobTask> SlurmClient::accounting(const std::vector<std::string>& jobs,
                                             const std::string& token) const {
  if (jobs.empty()) return {};
  const Command command{
      {"sacct", "--noheader", "--parsable2", "--allocations", "--duplicates",
       fmt::format("--jobs={}", joined(jobs, ",")), fmt::format("--format={}", kAccountingFields)},
      {{"SLURM_BITSTR_LEN", "0"}}};
  try {
    const Captured captured = call(command);
    if (captured.ok()) return parse_accounting(captured.out, token);
    spdlog::debug("sacct: {}", captured.last_words());
  } catch (const Error& error) {
    if (error.code() != Errc::missing) throw;  // a site without accounting
  }
  return {};
}

SiteLimits SlurmClient::limits() const {
  const Command command{{"scontrol", "show", "config"}, {}};
  const Captured config = ask(command);
  if (!config.ok()) give_up(command, config);
  return parse_limits(config.out);
}

std::string SlurmClient::queued_job(const JobName& name, const std::string& token) const {
  for (const QueueLine& line : queue_with({"--states=all"}, token, ::getuid())) {
    if (line.name.submission != name.submission || line.name.offset != name.offset) continue;
    if (!line.tasks.empty()) return line.tasks.front().job;
  }
  return {};
}

std::string SlurmClient::submit(const Command& command, const JobName& name,
                                const std::string& token) const {
  std::string id;
  Captured captured;
  bool lost = false;  // an answer: the job may be there
  const bool done = try_patiently(patience_, [&]() -> std::optional<std::string> {
    if (lost) id = queued_job(name, token);
    if (!id.empty()) return std::nullopt;
    captured = call(command);
    if (captured.ok()) id = job_id_of(captured);
    lost = is_away(captured);
    if (!lost) return std::nullopt;
    return fmt::format("sbatch: {}", captured.last_words());
  });
  if (!done) give_up(command, captured);
  if (id.empty()) refuse(captured);
  return id;
}

std::string SlurmClient::test(Command command) const {
  command.argv.insert(command.argv.begin() + 1, "--test-only");
  const Captured captured = ask(command);
  if (!captured.ok()) refuse(captured);
  return captured.last_words();
}

void SlurmClient::cancel(const std::vector<std::string>& jobs) const {
  if (jobs.empty()) return;
  Command command{{"scancel"}, {}};
  command.argv.insert(command.argv.end(), jobs.begin(), jobs.end());
  const Captured captured = ask(command);
  const bool gone = captured.err.find("Invalid job id") != std::string::npos;
  if (!captured.ok() && !gone)
    throw Error(Errc::io, fmt::format("scancel: {}", captured.last_words()));
}

}  // namespace tally::launcher
