#pragma once
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/digest.hpp"

namespace tally::aggregator {

/// The verified bytes of one shard, or why there are none.
struct LoadedShard {
  std::size_t index = 0;  ///< Into the names given to the loader.
  std::vector<std::byte> bytes;
  Digest digest;
  std::exception_ptr failure;  ///< Error(missing) when it vanished, Error(data) when damaged.
};

/// Reads and hashes shards ahead, on threads of its own: hashing is most of what a merge costs
/// where the processor has no SHA instructions. Delivers in the order of the names; holds at most
/// `budget_bytes` plus one shard. next() is called from one thread.
class ShardLoader {
 public:
  static constexpr std::uint64_t kBudget = 16ULL << 20;

  ShardLoader(std::filesystem::path folder, std::vector<std::string> names,
              std::uint64_t budget_bytes = kBudget, unsigned threads = 2);
  ~ShardLoader();
  ShardLoader(const ShardLoader&) = delete;
  ShardLoader& operator=(const ShardLoader&) = delete;

  /// The next shard; nothing after the last.
  [[nodiscard]] std::optional<LoadedShard> next();

 private:
  void work();
  [[nodiscard]] LoadedShard load(std::size_t index) const;
  [[nodiscard]] bool may_start(std::size_t index) const;

  std::filesystem::path folder_;
  std::vector<std::string> names_;
  std::uint64_t budget_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<LoadedShard>> ready_;  // by index; filled and emptied once
  std::size_t claimed_ = 0;                        // next index a thread takes
  std::size_t delivered_ = 0;                      // next index next() returns
  std::uint64_t held_ = 0;                         // bytes loaded and not yet delivered
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tally::aggregator
