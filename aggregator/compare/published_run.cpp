#include "aggregator/compare/published_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "aggregator/compare/results_check.hpp"
#include "core/base/checksums.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/plan/json_fields.hpp"
#include "core/plan/run_dir.hpp"
#include "core/plan/shard_name.hpp"

namespace tally::aggregator {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxManifestBytes = std::uint64_t{1} << 30U;
constexpr std::uint32_t kManifestVersion = 1;

[[noreturn]] void ask_to_aggregate(const RunDir& run, const std::string& what,
                                   const fs::path& where) {
  throw Error(Errc::missing, fmt::format("{}: run `aggregate {}`", what, run.root().string()),
              {where, {}, 0});
}

/// The set behind results/current, so that a set published meanwhile changes nothing.
fs::path current_set(const RunDir& run) {
  const fs::path link = run.results() / "current";
  std::error_code failed;
  fs::path set = fs::canonical(link, failed);
  if (failed) ask_to_aggregate(run, "found no results, expected a published set", link);
  return set;
}

void check_files(const fs::path& set) {
  const CheckedFiles checked = check_sums(set);
  if (!checked.bad.empty()) {
    const BadFile& bad = checked.bad.front();
    throw Error(Errc::data, bad.reason, {set / bad.name, {}, 0});
  }
  for (const char* const name : {"results.h5", "score_index.jsonl", "manifest.json"}) {
    if (checked.good.contains(name)) continue;
    throw Error(Errc::data, fmt::format("found no line for {}, expected one", name),
                {set / "SHA256SUMS", {}, 0});
  }
  // A set that was copied without its link has the link's name instead.
  const std::string name = set.filename().string();
  const std::string digest = sha256_file(set / "SHA256SUMS").short_hex();
  if (name != "current" && name != digest)
    throw Error(Errc::data,
                fmt::format("found a set named {}, expected {}, the start of the digest of its "
                            "SHA256SUMS",
                            name, digest),
                {set, {}, 0});
}

/// Reads the manifest into `run`; returns the names of the shards that the set was made of.
std::set<std::string> read_manifest(PublishedRun& run) {
  const fs::path file = run.results / "manifest.json";
  const nlohmann::json root =
      parse_own_json(read_text(file, kMaxManifestBytes), file, "tally-manifest", kManifestVersion);
  JsonFields fields(root, file);
  const std::string plan = fields.text("plan_sha256");
  if (plan != run.plan.digest().hex())
    fields.fail("plan_sha256", fmt::format("found {}, expected {} as the run's plan.json has", plan,
                                           run.plan.digest().hex()));
  run.complete = fields.truth("complete");
  run.code_version = fields.text("code_version");
  run.conflicts = fields.u64("conflicts");
  std::set<std::string> shards;
  for (JsonFields& shard : fields.objects("shards")) shards.insert(shard.text("name"));
  return shards;
}

/// Shards may go after the results were made (a fold, or to save space), never come.
void check_shards(const RunDir& run, const std::set<std::string>& merged) {
  std::uint64_t later = 0;
  std::error_code failed;
  for (fs::directory_iterator it(run.shards(), failed), end; !failed && it != end;
       it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (ShardName::parse(name) && !merged.contains(name)) ++later;
  }
  if (failed && failed != std::errc::no_such_file_or_directory)
    throw errno_error(Errc::io, "list", run.shards(), failed.value());
  if (later > 0)
    ask_to_aggregate(
        run, fmt::format("found {} shards that the published results lack, expected none", later),
        run.shards());
}

}  // namespace

PublishedRun open_published_run(const fs::path& root) {
  const RunDir dir = RunDir::open(root);
  PublishedRun run;
  run.root = root;
  run.plan = load_plan(dir.plan());
  run.results = current_set(dir);
  check_files(run.results);
  check_shards(dir, read_manifest(run));
  run.metric_columns = check_results_file(run.rows(), run.plan);
  return run;
}

}  // namespace tally::aggregator
