#pragma once
#include <chrono>
#include <string>

#include "launcher/process.hpp"

namespace tally::launcher {

/// What a short-lived program said and how it ended.
struct Captured {
  ExitStatus status;
  std::string out;
  std::string err;
  bool timed_out = false;  ///< It was ended by SIGKILL after the limit.

  [[nodiscard]] bool ok() const noexcept { return status.code == 0 && status.signal == 0; }
  /// Its last words: the last non-empty line of stderr, or of stdout, or how it ended.
  [[nodiscard]] std::string last_words() const;
};

/// Runs `command` to its end with both outputs caught. Bounded: `limit`, and 64 MiB of each output.
/// Throws Error(missing) when there is no such program, Error(unavailable | io).
[[nodiscard]] Captured capture(const Command& command,
                               std::chrono::milliseconds limit = std::chrono::seconds(60));

}  // namespace tally::launcher
