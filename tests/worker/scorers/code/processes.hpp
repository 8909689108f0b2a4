#pragma once
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

// What this process has started, and what that has started, by /proc.

struct Process {
  int pid = 0;
  int parent = 0;
  std::string name;
};

inline std::vector<Process> all_processes() {
  std::vector<Process> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::stringstream stat;
    stat << file.rdbuf();
    const std::string text = stat.str();  // PID (NAME) STATE PARENT ...
    const std::size_t end = text.rfind(')');
    if (end == std::string::npos) continue;
    Process process;
    process.pid = std::stoi(pid);
    const std::size_t open = text.find('(');
    process.name = text.substr(open + 1, end - open - 1);
    std::istringstream rest(text.substr(end + 1));
    std::string state;
    rest >> state >> process.parent;
    out.push_back(process);
  }
  return out;
}

/// All below `ancestor`.
inline std::vector<Process> offspring(int ancestor) {
  const std::vector<Process> all = all_processes();
  std::set<int> ours{ancestor};
  for (std::size_t before = 0; before != ours.size();) {
    before = ours.size();
    for (const Process& each : all)
      if (ours.contains(each.parent)) ours.insert(each.pid);
  }
  std::vector<Process> out;
  for (const Process& each : all)
    if (ours.contains(each.pid) && each.pid != ancestor) out.push_back(each);
  return out;
}

/// Names of the descendants of `ancestor` but those of the supervisors themselves.
inline std::vector<std::string> descendants(int ancestor) {
  std::vector<std::string> names;
  for (const Process& each : offspring(ancestor))
    if (each.name != "tally-sandbox") names.push_back(each.name);
  return names;
}

/// The words a process was started with, each ended by a NUL; nothing once it is gone.
inline std::string command_of(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
  std::stringstream words;
  words << file.rdbuf();
  return words.str();
}

/// The Pythons below this process that run `script`: not what isolates them, which has the script
/// among its words, too.
inline std::vector<Process> pythons(const std::string& script) {
  std::vector<Process> out;
  for (const Process& each : offspring(::getpid())) {
    const std::string words = command_of(each.pid);
    const std::string program = words.substr(0, words.find('\0'));
    if (program.find("/python") != std::string::npos && words.find(script) != std::string::npos)
      out.push_back(each);
  }
  return out;
}

/// What a test asks a program to wait for, or to show that it has come so far: a signal that nobody
/// else sends, and that does nothing to who does not block it.
constexpr int kWord = SIGURG;

/// Lines of Python: from then on the word can be said, and waits().
inline const std::string kTakesWord =
    "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])";

/// In Python, after that: the word was not said yet. (Who is in sigwait() does not seem to block.)
inline const std::string kNoWord = "signal.SIGURG not in signal.sigpending()";

/// Whether the program has come to kTakesWord.
inline bool waits(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("SigBlk:"))
      return (std::stoull(line.substr(7), nullptr, 16) >> (kWord - 1) & 1) != 0;
  }
  return false;
}

/// Says the word. False when that is not allowed here.
inline bool let_go(int pid) { return ::kill(pid, kWord) == 0 || errno == ESRCH; }

/// What is still there of programs: they die a moment after the sandbox has said so at the latest.
inline std::vector<std::string> left_over() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::vector<std::string> left = descendants(::getpid());
  while (!left.empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    left = descendants(::getpid());
  }
  return left;
}

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}
