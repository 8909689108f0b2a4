#include "launcher/slurm/sbatch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/error.hpp"
#include "core/config/checks.hpp"
#include "core/config/scalars.hpp"
#include "launcher/slurm/job_name.hpp"

namespace tally::launcher {
namespace {

class Arguments {
 public:
  explicit Arguments(std::string program) { words_.push_back(std::move(program)); }
  void add(std::string word) { words_.push_back(std::move(word)); }
  /// --name=value, unless the value is empty.
  void option(const char* name, const std::string& value) {
    if (!value.empty()) add(fmt::format("--{}={}", name, value));
  }
  void number(const char* name, std::uint64_t value) {
    if (value > 0) add(fmt::format("--{}={}", name, value));
  }
  [[nodiscard]] Command command() && { return {std::move(words_), {}}; }

 private:
  std::vector<std::string> words_;
};

void add_common(Arguments& arguments, const SlurmSubmission& submission, const std::string& name,
                const std::string& log) {
  const SlurmSpec& slurm = submission.spec.slurm;
  arguments.add("--parsable");
  arguments.option("job-name", name);
  arguments.option("comment", submission.run_id);
  arguments.option("chdir", submission.root.string());
  arguments.option("output", log_pattern(submission.root, log));
  arguments.add("--open-mode=append");
  arguments.option("partition", slurm.partition);
  arguments.option("account", slurm.account);
  arguments.option("qos", slurm.qos);
  arguments.option("reservation", slurm.reservation);
}

void add_after(Arguments& arguments, const std::vector<std::string>& after) {
  if (after.empty()) return;
  std::string dependency = "afterany";
  for (const std::string& job : after) dependency.append(":").append(job);
  arguments.option("dependency", dependency);
}

void add_resources(Arguments& arguments, const SlurmSubmission& submission) {
  const ResourcesSpec& resources = submission.spec.resources;
  const SlurmSpec& slurm = submission.spec.slurm;
  arguments.option("constraint", slurm.constraint);
  arguments.number("nodes", slurm.nodes);
  arguments.number("ntasks", submission.ranks);
  if (slurm.nodes > 0)
    arguments.number("ntasks-per-node", (submission.ranks + slurm.nodes - 1) / slurm.nodes);
  arguments.number("cpus-per-task", resources.cpus_per_rank);
  arguments.number("gpus-per-task", resources.gpus_per_rank);
  if (resources.memory > 0) {
    const std::uint64_t per_cpu =
        (resources.memory + resources.cpus_per_rank - 1) / resources.cpus_per_rank;
    arguments.option("mem-per-cpu", fmt::format("{}M", (per_cpu + (1U << 20U) - 1) >> 20U));
  }
  if (resources.time.count() > 0) arguments.option("time", time_limit_text(resources.time));
  arguments.option("signal", fmt::format("B:USR1@{}", slurm.stop.count() / 1000));
  arguments.add(slurm.requeue ? "--requeue" : "--no-requeue");
}

void add_hooks(Arguments& arguments, const SlurmSubmission& submission) {
  arguments.add("--bin");
  arguments.add(submission.programs.string());
  if (!submission.spec.slurm.setup.empty()) {
    arguments.add("--setup");
    arguments.add(submission.spec.slurm.setup.string());
  }
}

}  // namespace

std::string log_pattern(const std::filesystem::path& root, const std::string& name) {
  std::string pattern;
  for (const char c : (root / "logs").string()) {
    if (c == '\\' || static_cast<unsigned char>(c) < 0x20) {
      throw Error(Errc::config,
                  fmt::format("found a {} in the path, expected one that Slurm can log to",
                              c == '\\' ? "backslash" : "control character"),
                  {root, {}, 0});
    }
    pattern += c;
    if (c == '%') pattern += c;
  }
  return pattern.append("/").append(name);
}

namespace {

// What the launcher sets, and what would keep sbatch from queueing one job and saying its id.
constexpr std::array kOwnOptions{"--array",   "--job-name",  "--comment",    "--output",
                                 "--error",   "--open-mode", "--parsable",   "--chdir",
                                 "--ntasks",  "--signal",    "--dependency", "--test-only",
                                 "--wait",    "--quiet",     "--help",       "--usage",
                                 "--version", "--wrap",      "--requeue",    "--no-requeue"};
constexpr std::string_view kOwnLetters = "aJoeDnddWQhV";
constexpr std::string_view kFlagLetters = "HIkOsuv";  // take no value: more letters may follow

// The option of ours that `option` is, in whatever spelling getopt takes; empty when it is none.
std::string own_option(std::string_view option) {
  if (!option.starts_with("--")) {
    for (const char letter : option.substr(1)) {
      if (kOwnLetters.find(letter) != std::string_view::npos) return {'-', letter};
      if (kFlagLetters.find(letter) == std::string_view::npos) break;
    }
    return {};
  }
  const std::string_view name = option.substr(0, option.find('='));
  const auto found = std::ranges::find(kOwnOptions, name);
  if (found != kOwnOptions.end()) return *found;
  const auto longer = std::ranges::find_if(
      kOwnOptions, [&](std::string_view own) { return own.starts_with(name); });
  return longer == kOwnOptions.end() ? std::string() : *longer;
}

// The jobs would be in another cluster than the one that status, cancel and the script ask.
bool names_cluster(std::string_view option) {
  return option.starts_with("-M") || option.starts_with("--cl");
}

void check_extra(const std::vector<std::string>& extra) {
  for (const std::string& option : extra) {
    if (names_cluster(option)) {
      throw Error(Errc::config,
                  fmt::format("slurm.extra: found {}, expected no other cluster than that of {}",
                              option, "squeue and scancel here"));
    }
    const std::string own = own_option(option);
    if (own.empty()) continue;
    const bool other_spelling = own != option.substr(0, std::min(option.find('='), own.size()));
    throw Error(Errc::config,
                fmt::format("slurm.extra: found {}, expected none that the launcher sets{}", option,
                            other_spelling ? fmt::format(" ({})", own) : std::string()));
  }
}

void check_hook(const char* key, const std::filesystem::path& file) {
  std::error_code ignored;
  if (file.empty() ||
      (std::filesystem::is_regular_file(file, ignored) && ::access(file.c_str(), R_OK) == 0))
    return;
  throw Error(Errc::missing, fmt::format("slurm.{}: found no file to read, expected one", key),
              {file, {}, 0});
}

}  // namespace

void check_submission(const SlurmSubmission& submission) {
  const SlurmSpec& slurm = submission.spec.slurm;
  check_hook("setup", slurm.setup);
  check_hook("container", slurm.container);
  check_hook("script", slurm.script);
  check_hook("aggregate", slurm.aggregate);
  if (const auto problem = stop_problem(submission.spec.resources, slurm))
    throw Error(Errc::config, fmt::format("resources.time: {}", *problem));
  check_extra(slurm.extra);
}

Command array_command(const SlurmSubmission& submission, const ArrayPart& part,
                      const std::vector<std::string>& after) {
  const SlurmSpec& slurm = submission.spec.slurm;
  Arguments arguments("sbatch");
  add_common(arguments, submission,
             job_name(submission.run_id, {submission.number, part.offset}, submission.token),
             "%A_%a.log");
  arguments.option("array", part.tasks());
  add_after(arguments, after);
  add_resources(arguments, submission);
  for (const std::string& option : slurm.extra) arguments.add(option);
  arguments.add(submission.array.string());
  arguments.add(submission.root.string());
  arguments.add("--offset");
  arguments.add(std::to_string(part.offset));
  add_hooks(arguments, submission);
  if (!slurm.container.empty()) {
    arguments.add("--container");
    arguments.add(slurm.container.string());
  }
  arguments.add("--attempts");
  arguments.add(std::to_string(slurm.requeue ? submission.attempts : 1));
  arguments.add("--mpi");
  arguments.add(slurm.mpi);
  if (!slurm.srun.empty()) arguments.add("--");
  for (const std::string& option : slurm.srun) arguments.add(option);
  return std::move(arguments).command();
}

Command aggregate_command(const SlurmSubmission& submission,
                          const std::vector<std::string>& after) {
  Arguments arguments("sbatch");
  add_common(arguments, submission,
             job_name(submission.run_id, {submission.number, std::nullopt}, submission.token),
             "%j.log");
  add_after(arguments, after);
  arguments.add("--ntasks=1");
  arguments.add(submission.aggregate.string());
  arguments.add(submission.root.string());
  add_hooks(arguments, submission);
  return std::move(arguments).command();
}

}  // namespace tally::launcher
