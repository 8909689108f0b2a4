#include "aggregator/shard_channel.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

#include "core/base/error.hpp"

namespace tally::aggregator {

// Two processes share it, so it must not hide a lock of this one.
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

ShardChannel::ShardChannel(int fd, bool alone) : alone_(alone) {
  if (fd < 0) return;
  void* const mapped =
      ::mmap(nullptr, sizeof(ShardBoard), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) throw errno_error(Errc::unavailable, "map the board", {}, errno);
  board_ = static_cast<ShardBoard*>(mapped);
}

ShardChannel::~ShardChannel() {
  if (board_ != nullptr) ::munmap(board_, sizeof(ShardBoard));
}

ShardChannel::Guard::Guard(const ShardChannel& channel, std::string_view name) noexcept
    : board_(channel.board_) {
  if (board_ == nullptr) return;
  const std::size_t length = std::min(name.size(), ShardBoard::kName - 1);
  *std::copy_n(name.begin(), length, board_->shard) = '\0';
  board_->turn.fetch_add(1, std::memory_order_release);
}

ShardChannel::Guard::~Guard() {
  if (board_ != nullptr) board_->turn.fetch_add(1, std::memory_order_release);
}

}  // namespace tally::aggregator
