#pragma once
#include <filesystem>
#include <memory>

#include "worker/sandbox/program.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// Runs generated code. What is isolated, every limit, every ending: docs/sandbox.md.
///
/// A program is started by a supervisor, the helper program `tally-sandbox --serve`, over which
/// this class has a socket: never by fork() of the calling process, whose memory holds expected
/// answers. Supervisors are kept for the next program, one for each thread that runs one at the
/// same time; a program and its interpreter are always new. Thread-safe.
class Sandbox {
 public:
  enum class Mode {
    bubblewrap,  ///< Namespaces, read-only root, private scratch, no network, seccomp.
    none,  ///< No isolation: limits, a session and an environment of its own, its tree killed.
  };

  /// `helper`: path of tally-sandbox. Starts nothing yet and never throws for what is missing.
  Sandbox(Mode mode, std::filesystem::path helper);
  /// Ends the supervisors. No run may be going on.
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// Runs a program that tries to leave the sandbox, and looks what it could do. Takes well under a
  /// second; the caller remembers the result. Throws Error(unavailable) saying what is missing:
  /// "sandbox: found no bubblewrap, expected bwrap in PATH (Debian: bubblewrap); or say `sandbox:
  /// none`". Without isolation it checks that programs run at all and leave nothing behind.
  /// Returns what fences programs in beside their guard: "cgroup v2 at /sys/fs/cgroup/job: memory,
  /// pids" or "no delegated cgroup (<why>)".
  std::string probe() const;

  /// Runs one program to its end and kills what it has left. Never throws for anything that happens
  /// to the program or to the supervisor: that is Ending::broken. `stop` is looked at every 20 ms.
  [[nodiscard]] ProgramResult run(const Program& program, const SandboxLimits& limits,
                                  const StopFlag& stop) const;

  /// Runs a checker and a candidate, each in a sandbox of its own, joined by two pipes and nothing
  /// else. Candidate: descriptor 3 reads requests, 4 writes answers. Checker: 3 reads answers, 4
  /// writes requests, 5 writes its report (kept up to its output limit). The pair ends when the
  /// checker ends or meets a limit: a candidate that still runs then is `stopped`. A candidate that
  /// ends first is seen by the checker as end of file on its descriptor 3.
  [[nodiscard]] PairResult run_pair(const Program& checker, const SandboxLimits& checker_limits,
                                    const Program& candidate, const SandboxLimits& candidate_limits,
                                    const StopFlag& stop) const;

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace tally::worker
