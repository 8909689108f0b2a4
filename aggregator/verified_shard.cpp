#include "aggregator/verified_shard.hpp"

#include <new>

#include "core/base/error.hpp"

namespace tally::aggregator {

ShardReader open_verified(LoadedShard&& loaded, const ListedShard& listed,
                          const std::filesystem::path& folder, const ShardChannel& channel) {
  const auto path = folder / listed.name;
  const auto guard = channel.parsing(listed.name);
  try {
    if (loaded.failure) std::rethrow_exception(loaded.failure);
    ShardReader reader(std::move(loaded.bytes), path);
    if (reader.header().items != listed.header.items)
      throw Error(Errc::data, "items: found another set than when the shards were listed",
                  {path, {}, 0});
    return reader;
  } catch (const std::bad_alloc&) {
    throw Error(Errc::data, "the shard needs more memory than is allowed", {path, {}, 0});
  }
}

}  // namespace tally::aggregator
