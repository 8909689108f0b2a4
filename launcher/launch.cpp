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
#include "launcher/worker_command.hpp"

namespace tally::launcher {
namespace {

constexpr std::uint64_t kMaxConfigBytes = 1024 * 1024;

struct Prepared {
  std::string config_text;
  std::filesystem::path root;
  Plan plan;
  Geometry geometry;
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
  prepared.geometry = local_geometry(prepared.plan.resources, prepared.plan.items(), options.wish);
  return prepared;
}

IntervalSet everything(const Plan& plan) { return IntervalSet(Interval{0, plan.items()}); }

}  // namespace

RunReport launch(const LaunchOptions& options) {
  const Prepared prepared = prepare(options);
  // A run that nobody can execute or aggregate is better not created.
  static_cast<void>(sibling_program("tally-worker"));
  static_cast<void>(sibling_program("aggregate"));
  const RunDir run = RunDir::create(prepared.root, prepared.plan, prepared.config_text);
  const Geometry& geometry = prepared.geometry;
  const Submission submission =
      write_submission(run, everything(prepared.plan), geometry.elements, geometry.ranks, "local");
  spdlog::info("{}: {} items in {} tasks, {} x {} ranks", run.root().string(),
               prepared.plan.items(), prepared.plan.tasks(), geometry.elements, geometry.ranks);
  return run_local(run, prepared.plan, submission, geometry);
}

DryRun dry_run(const LaunchOptions& options) {
  const Prepared prepared = prepare(options);
  const Geometry& geometry = prepared.geometry;
  DryRun dry;
  dry.root = prepared.root;
  dry.submission = {1, "local", geometry.ranks, everything(prepared.plan).split(geometry.elements)};
  const RunDir run(dry.root);
  dry.elements = LocalBackend({}).render(run, dry.submission);
  const auto worker = sibling_program("tally-worker");
  for (std::uint32_t i = 0; i < dry.elements.size(); ++i) {
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
  for (const Command& command : dry.elements) json.value(shell_text(command));
  json.end_array().key("rank_commands").begin_array();
  for (const Command& command : dry.ranks) json.value(shell_text(command));
  json.end_array().key("aggregate").value(shell_text(dry.aggregate)).end_object();
  return json.text();
}

std::string dry_run_text(const DryRun& dry) {
  std::string text = fmt::format("# submission {}\n{}", (dry.root / "submit/s0001.json").string(),
                                 submission_json(dry.submission));
  const auto out = std::back_inserter(text);
  for (std::size_t i = 0; i < dry.elements.size(); ++i) {
    fmt::format_to(out, "# element {}\n{}\n# which runs\n# {}\n", i, shell_text(dry.elements[i]),
                   shell_text(dry.ranks[i]));
  }
  fmt::format_to(out, "# in the end\n{}\n", shell_text(dry.aggregate));
  return text;
}

}  // namespace tally::launcher
