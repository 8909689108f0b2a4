#include "aggregator/quarantine.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "aggregator/outputs/report.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace tally::aggregator {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxReason = 64 * 1024;
constexpr unsigned kStaleHours = 24;

std::string reason_name(const std::string& shard) { return fmt::format("{}.reason.txt", shard); }

/// "a.h5", "a.2.h5", ...: damaged bytes may come under a name that was quarantined before.
std::string quarantine_name(const std::string& shard, int copy) {
  if (copy == 1) return shard;
  const fs::path name(shard);
  return fmt::format("{}.{}{}", name.stem().string(), copy, name.extension().string());
}

bool is_there(const fs::path& file) {
  std::error_code failed;
  const auto type = fs::symlink_status(file, failed).type();
  if (type == fs::file_type::none) throw errno_error(Errc::io, "stat", file, failed.value());
  return type != fs::file_type::not_found;
}

/// Reasons name the shard by path; where the run lies is no part of the results.
std::string without_folder(std::string reason, const fs::path& folder) {
  const std::string prefix = fmt::format("{}/", folder.string());
  if (const auto at = reason.find(prefix); at != std::string::npos) reason.erase(at, prefix.size());
  return reason;
}

std::string read_reason(const fs::path& file) {
  try {
    std::string reason = read_text(file, kMaxReason);
    while (reason.ends_with('\n')) reason.pop_back();
    return reason;
  } catch (const Error&) {
    return "unknown: the reason file cannot be read";
  }
}

}  // namespace

void quarantine_shard(const RunDir& run, const std::string& name, const std::string& reason) {
  const fs::path from = run.shards() / name;
  if (!is_there(from)) return;
  std::error_code failed;
  fs::create_directory(run.quarantine(), failed);
  if (failed) throw errno_error(Errc::io, "mkdir", run.quarantine(), failed.value());
  const std::string text = printable(without_folder(reason, run.shards()));
  for (int copy = 1;; ++copy) {
    const std::string target = quarantine_name(name, copy);
    if (is_there(run.quarantine() / target)) continue;
    // The reason first: a shard in quarantine always has one.
    publish_replace({}, run.quarantine() / reason_name(target), fmt::format("{}\n", text));
    const int why = rename_new(from, run.quarantine() / target);
    if (why == 0 || why == ENOENT) break;
    if (why != EEXIST) throw errno_error(Errc::io, "move to quarantine", from, why);
  }
  sync_path(run.quarantine());
  sync_path(run.shards());
  spdlog::warn("{}: quarantined: {}", printable(name), text);
}

void remove_leftovers(const RunDir& run) {
  for (const fs::path& folder : {run.temp(), run.quarantine()}) {
    std::error_code none;
    if (!fs::is_directory(folder, none)) continue;
    for (const std::string& name : remove_stale_temporaries(folder, kStaleHours)) {
      spdlog::info("removed stale temporary file {}", printable(name));
    }
  }
}

std::vector<QuarantinedShard> list_quarantine(const RunDir& run) {
  std::vector<QuarantinedShard> list;
  std::error_code failed;
  for (fs::directory_iterator it(run.quarantine(), failed), end; !failed && it != end;
       it.increment(failed)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with('.') || !name.ends_with(".h5")) continue;
    list.push_back({name, read_reason(run.quarantine() / reason_name(name))});
  }
  if (failed && failed != std::errc::no_such_file_or_directory)
    throw errno_error(Errc::io, "list", run.quarantine(), failed.value());
  std::ranges::sort(list, {}, &QuarantinedShard::name);
  return list;
}

}  // namespace tally::aggregator
