#include "launcher/children.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "core/plan/proc_stat.hpp"

namespace tally::launcher {
namespace {

constexpr std::chrono::milliseconds kPoll{20};
constexpr std::chrono::seconds kAfterKill{5};

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed != std::errc() || end != name.data() + name.size()) continue;
    const auto stat = read_proc_stat(pid);
    if (stat && stat->parent == parent) children.push_back(pid);
  }
  return children;
}

/// As above without a walk over all processes; nullopt where the kernel does not offer it.
std::optional<std::vector<pid_t>> listed_children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code ignored;
  const auto threads = fmt::format("/proc/{}/task", parent);  // a child belongs to one thread
  for (const auto& thread : std::filesystem::directory_iterator(threads, ignored)) {
    std::ifstream file(thread.path() / "children");
    if (!file) return std::nullopt;
    for (pid_t pid = 0; file >> pid;) children.push_back(pid);
  }
  return children;
}

/// One look at our children.
struct Strangers {
  std::vector<pid_t> left;
  bool reaped = false;  ///< Some had ended: their children may be ours only since we looked.
};

Strangers strangers(const std::set<pid_t>& except) {
  Strangers found{child_pids()};
  std::erase_if(found.left, [&](pid_t pid) {
    if (except.contains(pid)) return true;
    const bool ended = ::waitpid(pid, nullptr, WNOHANG) == pid;
    found.reaped = found.reaped || ended;
    return ended;
  });
  return found;
}

}  // namespace

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

std::vector<pid_t> child_pids() { return children_of(::getpid()); }

std::vector<pid_t> living_children(pid_t parent) {
  const auto listed = listed_children_of(parent);
  std::vector<pid_t> children = listed ? *listed : children_of(parent);
  std::erase_if(children, [](pid_t pid) {
    const auto stat = read_proc_stat(pid);
    return !stat || stat->has_ended();
  });
  return children;
}

void end_children(const std::set<pid_t>& except, std::chrono::milliseconds grace) {
  using Clock = std::chrono::steady_clock;
  const auto kill_at = Clock::now() + grace;
  std::optional<Clock::time_point> killed;  // first; we may stand still until long after kill_at
  std::set<pid_t> asked;
  for (;;) {
    const Strangers found = strangers(except);
    if (found.left.empty()) {
      if (!found.reaped) return;
      continue;
    }
    const auto now = Clock::now();
    for (const pid_t pid : found.left) {
      if (now >= kill_at) {
        ::kill(pid, SIGKILL);
        if (!killed) killed = now;
      } else if (asked.insert(pid).second) {
        ::kill(pid, SIGUSR1);
      }
    }
    if (killed && now > *killed + kAfterKill) {
      spdlog::warn("found {} processes that do not end after SIGKILL", found.left.size());
      return;
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace tally::launcher
