#include "aggregator/shard_loader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/plan/shard_header.hpp"

namespace tally::aggregator {
namespace {
constexpr std::uint64_t kMaxShard = 2ULL << 30;
}

ShardLoader::ShardLoader(std::filesystem::path folder, std::vector<std::string> names,
                         std::uint64_t budget_bytes, unsigned threads)
    : folder_(std::move(folder)),
      names_(std::move(names)),
      budget_(budget_bytes),
      ready_(names_.size()) {
  const auto count = std::min<std::size_t>(threads, names_.size());
  for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
}

ShardLoader::~ShardLoader() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

LoadedShard ShardLoader::load(std::size_t index) const {
  LoadedShard shard;
  shard.index = index;
  try {
    const auto path = folder_ / names_[index];
    shard.bytes = read_bytes(path, kMaxShard);
    shard.digest = sha256(shard.bytes);
    const auto name = ShardName::parse(names_[index]);
    const std::string expected = name ? name->digest : "a shard's name";
    if (shard.digest.short_hex() != expected)
      throw Error(Errc::data,
                  fmt::format("digest: found {}, expected {}", shard.digest.short_hex(), expected),
                  {path, {}, 0});
  } catch (...) {  // handed over to the caller of next(), whole
    shard.bytes.clear();
    shard.failure = std::current_exception();
  }
  return shard;
}

bool ShardLoader::may_start(std::size_t index) const {
  // The one that next() waits for may always start, so the budget cannot block everything.
  return index == delivered_ || held_ < budget_;
}

void ShardLoader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock,
                  [this] { return stop_ || claimed_ == names_.size() || may_start(claimed_); });
    if (stop_ || claimed_ == names_.size()) return;
    const std::size_t index = claimed_++;
    lock.unlock();
    LoadedShard shard = load(index);
    lock.lock();
    held_ += shard.bytes.size();
    ready_[index] = std::move(shard);
    changed_.notify_all();
  }
}

std::optional<LoadedShard> ShardLoader::next() {
  std::unique_lock lock(mutex_);
  if (delivered_ == names_.size()) return std::nullopt;
  changed_.wait(lock, [this] { return ready_[delivered_].has_value(); });
  LoadedShard shard = std::move(*ready_[delivered_]);
  ready_[delivered_].reset();
  held_ -= shard.bytes.size();
  ++delivered_;
  changed_.notify_all();
  return shard;
}

}  // namespace tally::aggregator
