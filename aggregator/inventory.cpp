#include "aggregator/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "core/base/error.hpp"
#include "core/plan/shard_listing.hpp"

namespace tally::aggregator {
namespace {

namespace fs = std::filesystem;

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

/// Reads one file of shards/ into `inventory`; false when it vanished.
bool take(const fs::path& file, const Plan& plan, const Digest& digest, Inventory& inventory) {
  std::string name = file.filename().string();
  if (!ShardName::parse(name)) {
    inventory.bad.push_back({std::move(name), "name: found no shard's name"});
    return true;
  }
  try {
    ShardHeader header = read_shard_header(file);
    std::string reason = misfit(header, plan, digest);
    if (reason.empty())
      inventory.shards.push_back({std::move(name), std::move(header)});
    else
      inventory.bad.push_back({std::move(name), std::move(reason)});
  } catch (const Error& error) {
    std::error_code failed;
    const auto type = fs::symlink_status(file, failed).type();
    if (type == fs::file_type::not_found) return false;
    const bool no_file = error.code() == Errc::missing && type == fs::file_type::symlink;
    if (!no_file && (error.code() != Errc::data || is_newer_shard(error, file))) throw;
    inventory.bad.push_back({std::move(name), error.what()});
  }
  return true;
}

template <class Shard>
void keep_listed(std::vector<Shard>& shards, const std::vector<std::string>& names) {
  std::erase_if(shards,
                [&](const Shard& shard) { return !std::ranges::binary_search(names, shard.name); });
  std::ranges::sort(shards, {}, &Shard::name);
}

}  // namespace

Inventory list_shards(const RunDir& run, const Plan& plan) {
  const Digest digest = plan.digest();
  Inventory inventory;
  const auto names = read_listed(run.shards(), [&](const std::string& name) {
    if (!name.ends_with(".h5")) return true;  // not ours to judge
    return take(run.shards() / name, plan, digest, inventory);
  });
  keep_listed(inventory.shards, names);
  keep_listed(inventory.bad, names);
  return inventory;
}

}  // namespace tally::aggregator
