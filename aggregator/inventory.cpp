#include "aggregator/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "core/base/error.hpp"

namespace tally::aggregator {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxListings = 1000;

std::vector<std::string> shard_files(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const std::string name = it->path().filename().string();
    // Names with a dot are the filesystem's own (.nfs0001), others are not ours to judge.
    if (!name.starts_with('.') && name.ends_with(".h5")) names.push_back(name);
  }
  if (failed) throw errno_error(Errc::io, "list", folder, failed.value());
  std::ranges::sort(names);
  return names;
}

/// Why a shard of `header` has no place in the results of `plan`; empty when it has one.
std::string misfit(const ShardHeader& header, const Plan& plan, const Digest& digest) {
  if (header.plan != digest)
    return fmt::format("plan: found {}, expected {}", header.plan.short_hex(), digest.short_hex());
  if (header.run_id != plan.run_id)
    return fmt::format("run id: found \"{}\", expected \"{}\"", header.run_id, plan.run_id);
  const auto& items = header.items.intervals();
  if (items.empty()) return "items: found none, expected at least one";
  if (items.back().end > plan.items())
    return fmt::format("items: found ordinal {}, expected less than {}", items.back().end - 1,
                       plan.items());
  return {};
}

/// nullopt when a shard vanished on the way.
std::optional<Inventory> list_once(const RunDir& run, const Plan& plan, const Digest& digest) {
  Inventory inventory;
  for (std::string& name : shard_files(run.shards())) {
    if (!ShardName::parse(name)) {
      inventory.bad.push_back({std::move(name), "name: found no shard's name"});
      continue;
    }
    try {
      ShardHeader header = read_shard_header(run.shards() / name);
      std::string reason = misfit(header, plan, digest);
      if (reason.empty())
        inventory.shards.push_back({std::move(name), std::move(header)});
      else
        inventory.bad.push_back({std::move(name), std::move(reason)});
    } catch (const Error& error) {
      if (error.code() == Errc::missing) return std::nullopt;
      if (error.code() != Errc::data) throw;
      inventory.bad.push_back({std::move(name), error.what()});
    }
  }
  return inventory;
}

}  // namespace

Inventory list_shards(const RunDir& run, const Plan& plan) {
  const Digest digest = plan.digest();
  for (int listing = 0; listing < kMaxListings; ++listing) {
    if (auto inventory = list_once(run, plan, digest)) return std::move(*inventory);
  }
  throw Error(Errc::unavailable, "shards keep vanishing while they are listed",
              {run.shards(), {}, 0});
}

}  // namespace tally::aggregator
