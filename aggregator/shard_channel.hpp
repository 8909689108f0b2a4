#pragma once
#include <string_view>

namespace tally::aggregator {

/// What the child tells its supervisor: "begin <shard>\n" before it parses bytes of a shard,
/// "end\n" after. So the supervisor knows which shard to blame when the child dies or hangs. I/O on
/// our own files stays outside: a slow disk is no fault of a shard.
class ShardChannel {
 public:
  /// Writes to `fd`, which stays the caller's; -1: says nothing.
  explicit ShardChannel(int fd) noexcept : fd_(fd) {}

  /// While it lives, the named shard is being parsed. Not nested.
  class Guard {
   public:
    Guard(const ShardChannel& channel, std::string_view name);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    const ShardChannel& channel_;
  };
  [[nodiscard]] Guard parsing(std::string_view name) const { return Guard(*this, name); }

 private:
  void say(std::string_view line) const noexcept;
  int fd_;
};

}  // namespace tally::aggregator
