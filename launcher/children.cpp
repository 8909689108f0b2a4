#include "launcher/children.hpp"

#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace tally::launcher {
namespace {

constexpr std::chrono::milliseconds kPoll{20};
constexpr std::chrono::seconds kAfterKill{5};

/// Parent of a process, or 0 when it is gone.
pid_t parent_of(const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  std::stringstream text;
  text << file.rdbuf();
  const std::string stat = text.str();
  const auto name_end = stat.rfind(')');  // the name may hold anything, also ") R 1"
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  char state = 0;
  pid_t parent = 0;
  fields >> state >> parent;
  return parent;
}

std::vector<pid_t> strangers(const std::set<pid_t>& except) {
  std::vector<pid_t> found = child_pids();
  std::erase_if(found, [&](pid_t pid) {
    return except.contains(pid) || ::waitpid(pid, nullptr, WNOHANG) == pid;
  });
  return found;
}

}  // namespace

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

std::vector<pid_t> child_pids() {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed != std::errc() || end != name.data() + name.size()) continue;
    if (parent_of(entry.path()) == ::getpid()) children.push_back(pid);
  }
  return children;
}

void end_children(const std::set<pid_t>& except, std::chrono::milliseconds grace) {
  const auto kill_at = std::chrono::steady_clock::now() + grace;
  std::set<pid_t> asked;
  for (;;) {
    const std::vector<pid_t> left = strangers(except);
    if (left.empty()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now > kill_at + kAfterKill) {
      spdlog::warn("found {} processes that do not end after SIGKILL", left.size());
      return;
    }
    for (const pid_t pid : left) {
      if (now >= kill_at) {
        ::kill(pid, SIGKILL);
      } else if (asked.insert(pid).second) {
        ::kill(pid, SIGUSR1);
      }
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace tally::launcher
