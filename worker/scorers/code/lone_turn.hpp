#pragma once
#include "core/base/descriptor.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// More programs want to run than there are processors, by the average of the last minute.
[[nodiscard]] bool machine_is_busy() noexcept;

/// While it lives, nobody else on this node has one: programs that ran out of wall time are tried
/// again one at a time, whatever ranks of the same user they are of. Waits for its turn, at most
/// until `stop`; where no file can be locked in /dev/shm it does not wait at all. Never throws.
class LoneTurn {
 public:
  explicit LoneTurn(const StopFlag& stop) noexcept;

 private:
  Descriptor file_;  // closing it gives the turn away, and so does the end of the process
};

}  // namespace tally::worker
