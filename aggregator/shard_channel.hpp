#pragma once
#include <atomic>
#include <cstdint>
#include <string_view>

namespace tally::aggregator {

/// What the child tells its supervisor, in a file that both hold: which shard it is parsing. So the
/// supervisor knows whom to blame when the child dies or hangs. In memory instead of over a pipe:
/// every block of text is told, and a wake-up each would cost a tenth of the merge.
struct ShardBoard {
  static constexpr std::size_t kName = 256;  ///< A file name is at most 255 bytes.

  std::atomic<std::uint64_t> turn;  ///< Odd while the shard is being parsed; never goes back.
  char shard[kName];                ///< Ends with a NUL.
};

/// The child's side of the board. I/O on our own files stays outside: a slow disk is no fault of a
/// shard. For one thread.
class ShardChannel {
 public:
  /// Maps the board in `fd`, which stays the caller's; -1: there is nobody to tell. Throws
  /// Error(unavailable).
  explicit ShardChannel(int fd, bool alone = false);
  ~ShardChannel();
  ShardChannel(const ShardChannel&) = delete;
  ShardChannel& operator=(const ShardChannel&) = delete;

  /// While it lives, the named shard is being parsed. Not nested.
  class Guard {
   public:
    Guard(const ShardChannel& channel, std::string_view name) noexcept;
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    ShardBoard* board_;
  };
  /// Nothing may be written beside the parsing, because a child died on a shard before: who dies
  /// now while it parses dies of that shard.
  [[nodiscard]] bool alone() const noexcept { return alone_; }
  [[nodiscard]] Guard parsing(std::string_view name) const noexcept { return Guard(*this, name); }

 private:
  ShardBoard* board_ = nullptr;
  bool alone_;
};

}  // namespace tally::aggregator
