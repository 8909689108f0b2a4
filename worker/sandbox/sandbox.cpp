#include "worker/sandbox/sandbox.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "core/base/error.hpp"
#include "worker/sandbox/pool.hpp"

namespace tally::worker {

std::string find_bubblewrap() {
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string candidate = std::string(rest.substr(0, end)) + "/bwrap";
    if (candidate.front() == '/' && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  throw Error(Errc::unavailable,
              "sandbox: found no bubblewrap, expected bwrap in PATH (Debian: bubblewrap); or say "
              "`sandbox: none`");
}

std::unique_ptr<SupervisorProcess> Sandbox::Pool::take() {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      auto supervisor = std::move(idle_.back());
      idle_.pop_back();
      if (supervisor->alive()) return supervisor;
    }
  }
  {
    const std::lock_guard lock(mutex_);
    used_ = true;
  }
  return std::make_unique<SupervisorProcess>(
      helper_, mode_ == Mode::none ? std::string() : find_bubblewrap());
}

Sandbox::Pool::~Pool() {
  idle_.clear();
  if (used_) sweep_after_supervisors(helper_);
}

SandboxResponse Sandbox::Pool::run(const SandboxRequest& request, const StopFlag& stop) {
  SandboxResponse response;
  if (stop.requested()) {
    response.checker.ending = Ending::stopped;
    response.candidate.ending = Ending::stopped;
    return response;
  }
  try {
    auto supervisor = take();
    response = supervisor->ask(request, stop);
    if (!supervisor->alive()) return response;
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(supervisor));
  } catch (const Error& error) {
    response.checker.problem = error.what();
    response.candidate.problem = error.what();
  }
  return response;
}

Sandbox::Sandbox(Mode mode, std::filesystem::path helper)
    : pool_(std::make_unique<Pool>(mode, std::move(helper))) {}

Sandbox::~Sandbox() = default;

ProgramResult Sandbox::run(const Program& program, const SandboxLimits& limits,
                           const StopFlag& stop) const {
  return pool_->run({{program, limits}, std::nullopt}, stop).checker;
}

PairResult Sandbox::run_pair(const Program& checker, const SandboxLimits& checker_limits,
                             const Program& candidate, const SandboxLimits& candidate_limits,
                             const StopFlag& stop) const {
  return pool_->run({{checker, checker_limits}, SandboxJob{candidate, candidate_limits}}, stop);
}

}  // namespace tally::worker
