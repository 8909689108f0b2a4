#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "aggregator/inventory.hpp"
#include "aggregator/shard_channel.hpp"
#include "aggregator/shard_loader.hpp"
#include "core/shard/shard_reader.hpp"

namespace tally::aggregator {

/// Opens what the loader delivered. The header must be the one that was listed. Throws Error(data)
/// for a shard to quarantine, also when it wants more memory than we may have; Error(missing) when
/// it vanished.
[[nodiscard]] ShardReader open_verified(LoadedShard&& loaded, const ListedShard& listed,
                                        const std::filesystem::path& folder,
                                        const ShardChannel& channel);

}  // namespace tally::aggregator
