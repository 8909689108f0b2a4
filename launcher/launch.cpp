#include "launcher/launch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iterator>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/json_writer.hpp"
#include "launcher/local_backend.hpp"
#include "launcher/programs.hpp"
#include "launcher/slurm/run_slurm.hpp"
#include "launcher/worker_command.hpp"

namespace tally::launcher {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1024 * 1024;

struct Prepared {
  std::string config_text;
  std::filesystem::path root;
  Plan plan;
};

void refuse_existing(const std::filesystem::path& root) {
  std::error_code failed;
  const auto type = std::filesystem::symlink_status(root, failed).type();
  if (type == std::filesystem::file_type::not_found) return;
  throw Error(Errc::usage, "exists; use `tally resume`", {root, {}, 0});
}

Prepared prepare(const LaunchOptions& options) {
  Prepared prepared;
  const RunConfig config = load_run_config(options.config, options.overrides);
  prepared.root = std::filesystem::absolute(options.output_dir / config.run.id).lexically_normal();
  refuse_existing(prepared.root);  // before inputs of many gigabytes are hashed
  prepared.config_text = read_text(options.config, kMaxConfigBytes);
  prepared.plan = build_plan(config, options.limit, std::chrono::system_clock::now());
  return prepared;
}

IntervalSet everything(const Plan& plan) { return IntervalSet(Interval{0, plan.items()}); }

}  // namespace

namespace {

/// The first submission as it would be, before anything is written.
Submission first_submission(const Plan& plan, const Geometry& geometry, const std::string& on) {
  return {1, on, geometry.ranks, everything(plan).split(geometry.elements)};
}

RunDir create_run(const Prepared& prepared, const Geometry& geometry) {
  RunDir run = RunDir::create(prepared.root, prepared.plan, prepared.config_text);
  spdlog::info("{}: {} items in {} tasks, {} x {} ranks", run.root().string(),
               prepared.plan.items(), prepared.plan.tasks(), geometry.elements, geometry.ranks);
  return run;
}

Geometry geometry_of(const Plan& plan, const LaunchOptions& options) {
  return local_geometry(plan.submit.resources, plan.items(), options.wish);
}

RunReport launch_slurm(const Prepared& prepared, const LaunchOptions& options) {
  const Plan& plan = prepared.plan;
  SlurmBackend backend(plan, plan.submit);
  const Geometry geometry = backend.fit(RunDir(prepared.root), everything(plan), options.wish);
  const RunDir run = create_run(prepared, geometry);
  const Submission submission =
      write_submission(run, everything(plan), geometry.elements, geometry.ranks, options.on);
  return run_slurm(run, plan, backend, submission);
}

DryRun dry_run_slurm(const Prepared& prepared, const LaunchOptions& options, bool ask) {
  const Plan& plan = prepared.plan;
  SlurmBackend backend(plan, plan.submit);
  DryRun dry;
  dry.root = prepared.root;
  const Geometry geometry =
      ask ? backend.fit(RunDir(dry.root), everything(plan), options.wish)
          : slurm_geometry(plan.submit.resources, plan.items(), options.wish, 0);
  dry.submission = first_submission(plan, geometry, options.on);
  dry.commands = backend.render(RunDir(dry.root), dry.submission);
  dry.aggregate = dry.commands.back();
  dry.commands.pop_back();
  dry.scripts = backend.scripts();
  if (ask) dry.answer = backend.test(RunDir(dry.root), dry.submission);
  return dry;
}

}  // namespace

RunReport launch(const LaunchOptions& options) {
  const Prepared prepared = prepare(options);
  // A run that nobody can execute or aggregate is better not created.
  static_cast<void>(sibling_program("tally-worker"));
  static_cast<void>(sibling_program("aggregate"));
  if (options.on == "slurm") return launch_slurm(prepared, options);
  const Geometry geometry = geometry_of(prepared.plan, options);
  const RunDir run = create_run(prepared, geometry);
  const Submission submission = write_submission(run, everything(prepared.plan), geometry.elements,
                                                 geometry.ranks, options.on);
  return run_local(run, prepared.plan, submission, geometry);
}

DryRun dry_run(const LaunchOptions& options, bool ask) {
  const Prepared prepared = prepare(options);
  if (options.on == "slurm") return dry_run_slurm(prepared, options, ask);
  const Geometry geometry = geometry_of(prepared.plan, options);
  DryRun dry;
  dry.root = prepared.root;
  dry.submission = first_submission(prepared.plan, geometry, options.on);
  const RunDir run(dry.root);
  dry.commands = LocalBackend({}).render(run, dry.submission);
  const auto worker = sibling_program("tally-worker");
  for (std::uint32_t i = 0; i < dry.commands.size(); ++i) {
    dry.ranks.push_back(
        worker_command(worker, run, ElementId(i), geometry.ranks, ::geteuid() == 0));
  }
  dry.aggregate = {{sibling_program("aggregate").string(), dry.root.string()}, {}};
  return dry;
}

std::string dry_run_json(const DryRun& dry) {
  JsonWriter json;
  json.begin_object().key("run").value(dry.root.string());
  json.key("submission").raw(submission_json(dry.submission));
  json.key("commands").begin_array();
  for (const Command& command : dry.commands) json.value(shell_text(command));
  json.end_array().key("rank_commands").begin_array();
  for (const Command& command : dry.ranks) json.value(shell_text(command));
  json.end_array().key("aggregate").value(shell_text(dry.aggregate));
  json.key("scripts").begin_array();
  for (const auto& script : dry.scripts) json.value(script.string());
  json.end_array().key("answer").value(dry.answer).end_object();
  return json.text();
}

std::string dry_run_text(const DryRun& dry) {
  std::string text = fmt::format("# submission {}\n{}", (dry.root / "submit/s0001.json").string(),
                                 submission_json(dry.submission));
  const auto out = std::back_inserter(text);
  for (std::size_t i = 0; i < dry.commands.size(); ++i) {
    if (i < dry.ranks.size()) {
      fmt::format_to(out, "# element {}\n{}\n# which runs\n# {}\n", i, shell_text(dry.commands[i]),
                     shell_text(dry.ranks[i]));
    } else {
      fmt::format_to(out, "# job array {}\n{}\n", i + 1, shell_text(dry.commands[i]));
    }
  }
  fmt::format_to(out, "# in the end\n{}\n", shell_text(dry.aggregate));
  for (const auto& script : dry.scripts) {
    fmt::format_to(out, "# {}\n{}", script.string(), read_text(script, kMaxConfigBytes));
  }
  if (!dry.answer.empty()) fmt::format_to(out, "# sbatch --test-only: {}\n", dry.answer);
  return text;
}

}  // namespace tally::launcher
