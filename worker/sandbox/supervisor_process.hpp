#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

#include "core/base/descriptor.hpp"
#include "worker/sandbox/wire.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// One running `tally-sandbox --serve` and the socket to it. Used by one thread at a time.
class SupervisorProcess {
 public:
  /// Starts it with an empty environment and no descriptor of ours but its socket and stderr.
  /// `bubblewrap`: path of bwrap, empty for no isolation. Throws Error(unavailable).
  SupervisorProcess(const std::filesystem::path& helper, const std::string& bubblewrap);
  /// Closes the socket, which ends it with all it runs; waits, and kills it when it lingers.
  ~SupervisorProcess();
  SupervisorProcess(const SupervisorProcess&) = delete;
  SupervisorProcess& operator=(const SupervisorProcess&) = delete;

  /// False once it is known to be gone: then a new one is needed.
  [[nodiscard]] bool alive() const;
  /// The answer, or the answer that everything was broken; alive() is false after the latter when
  /// the supervisor was to blame.
  [[nodiscard]] SandboxResponse ask(const SandboxRequest& request, const StopFlag& stop);

 private:
  SandboxResponse gone(const std::string& problem);

  pid_t pid_ = -1;
  Descriptor socket_;
};

/// Has the control groups of supervisors that are gone removed (`tally-sandbox --sweep`): one that
/// has left root cannot do it itself. Waits for it; what fails is left for the next.
void sweep_after_supervisors(const std::filesystem::path& helper) noexcept;

}  // namespace tally::worker
