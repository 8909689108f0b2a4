#pragma once
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

// Processes are started with posix_spawn (never fork, never a shell), each in a process group of
// its own with stdin closed off, all signals at their defaults and none blocked.

namespace tally::launcher {

/// A program and its arguments. argv[0] is looked up in PATH when it has no slash.
struct Command {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  ///< Added to ours, or replacing.
  /// Names of variables it does not inherit; one that ends with '*' means all that begin so.
  std::vector<std::string> unset = {};
};

/// The command as one line for a POSIX shell, for people to read and paste:
/// `env A=1 mpirun -n 2 'a b'`.
[[nodiscard]] std::string shell_text(const Command& command);

/// Where a child writes. -1 inherits ours. The descriptors stay the caller's.
struct Streams {
  int out = -1;
  int err = -1;
};

/// How a process ended.
struct ExitStatus {
  int code = 0;    ///< Exit code; 0 when a signal ended it.
  int signal = 0;  ///< 0 when it exited by itself.
  /// "exit code 75" or "signal 9 (Killed)".
  [[nodiscard]] std::string text() const;
};

/// Starts `command`. The caller reaps it. Throws Error(missing) when there is no such program,
/// Error(unavailable) when the system cannot start one more process.
[[nodiscard]] pid_t start_process(const Command& command, const Streams& streams = {});

/// A child that ended.
struct Reaped {
  pid_t pid = 0;
  ExitStatus status;
};

/// The next child of ours that has ended, whichever it is; nullopt when none has. Never blocks.
[[nodiscard]] std::optional<Reaped> reap_any();

}  // namespace tally::launcher
