#include "aggregator/shard_channel.hpp"

#include <fmt/format.h>

#include <span>

#include "core/base/descriptor.hpp"

namespace tally::aggregator {

void ShardChannel::say(std::string_view line) const noexcept {
  // Without a supervisor there is nobody to tell; SIGPIPE ends a child whose supervisor is gone.
  if (fd_ >= 0) static_cast<void>(write_all(fd_, std::as_bytes(std::span(line))));
}

ShardChannel::Guard::Guard(const ShardChannel& channel, std::string_view name) : channel_(channel) {
  channel_.say(fmt::format("begin {}\n", name));
}

ShardChannel::Guard::~Guard() { channel_.say("end\n"); }

}  // namespace tally::aggregator
