#include "aggregator/quarantine.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <stdio.h>

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

std::string reason_name(const std::string& shard) { return fmt::format("{}.reason.txt", shard); }

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
  std::error_code failed;
  fs::create_directory(run.quarantine(), failed);
  if (failed) throw errno_error(Errc::io, "mkdir", run.quarantine(), failed.value());
  const std::string text = printable(without_folder(reason, run.shards()));
  // The reason first: a shard in quarantine always has one.
  publish_replace({}, run.quarantine() / reason_name(name), fmt::format("{}\n", text));
  const fs::path from = run.shards() / name;
  if (::rename(from.c_str(), (run.quarantine() / name).c_str()) != 0 && errno != ENOENT)
    throw errno_error(Errc::io, "move to quarantine", from, errno);
  sync_path(run.quarantine());
  sync_path(run.shards());
  spdlog::warn("{}: quarantined: {}", printable(name), text);
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
  std::ranges::sort(list, {}, &QuarantinedShard::name);
  return list;
}

}  // namespace tally::aggregator
