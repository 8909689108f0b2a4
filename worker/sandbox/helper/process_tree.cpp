#include "worker/sandbox/helper/process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "core/base/descriptor.hpp"

namespace tally::worker {
namespace {

/// The next word as a number; 0 when it is none.
std::uint64_t next_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(std::min(text.find(' '), text.size()));
  return value;
}

std::string_view read_file(pid_t pid, const char* name, std::span<char> buffer) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  const Descriptor file = Descriptor::open(path, O_RDONLY);
  if (!file.valid()) return {};
  const ssize_t got = read_some(file.get(), std::as_writable_bytes(buffer));
  return got <= 0 ? std::string_view{} : std::string_view(buffer.data(), std::size_t(got));
}

/// Names in a folder that are numbers, as those of processes and of their threads.
std::vector<pid_t> numbers_in(const std::string& path) {
  std::vector<pid_t> numbers;
  DIR* const folder = ::opendir(path.c_str());
  if (folder == nullptr) return numbers;
  while (const dirent* const entry = ::readdir(folder)) {
    const auto number = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (number > 0) numbers.push_back(number);
  }
  ::closedir(folder);
  return numbers;
}

std::vector<ProcessStat> all_processes() {
  std::vector<ProcessStat> all;
  for (const pid_t pid : numbers_in("/proc")) {
    ProcessStat stat;
    stat.pid = pid;
    std::array<char, 1024> buffer{};
    if (parse_stat(read_file(pid, "stat", buffer), stat)) all.push_back(stat);
  }
  return all;
}

std::vector<pid_t> threads_of(pid_t pid) {
  return numbers_in("/proc/" + std::to_string(pid) + "/task");
}

std::uint64_t resident_in(pid_t pid, const std::string& status) {
  std::array<char, 4096> buffer{};
  return parse_resident(read_file(pid, status.c_str(), buffer));
}

/// The memory is that of all its threads, but one that has ended, as the first may, shows none.
std::uint64_t resident_of(const ProcessStat& process) {
  std::uint64_t resident = resident_in(process.pid, "status");
  if (resident > 0 || process.threads <= 1) return resident;
  for (const pid_t thread : threads_of(process.pid)) {
    resident = resident_in(process.pid, "task/" + std::to_string(thread) + "/status");
    if (resident > 0) break;
  }
  return resident;
}

}  // namespace

bool parse_stat(std::string_view text, ProcessStat& stat) {
  // pid (name) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime
  // cutime cstime priority nice num_threads
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos || name_end + 4 > text.size()) return false;
  const char state = text[name_end + 2];
  text.remove_prefix(name_end + 3);
  stat.parent = static_cast<pid_t>(next_number(text));
  for (int skipped = 0; skipped < 9; ++skipped) next_number(text);
  stat.cpu_ticks = 0;
  for (int times = 0; times < 4; ++times) stat.cpu_ticks += next_number(text);
  for (int skipped = 0; skipped < 2; ++skipped) next_number(text);
  stat.threads = static_cast<std::uint32_t>(next_number(text));
  // The state is that of the first thread, and others live on where that one has ended.
  stat.zombie = (state == 'Z' || state == 'X') && stat.threads <= 1;
  return stat.threads > 0;
}

std::uint64_t parse_resident(std::string_view status) {
  std::uint64_t kibibytes = 0;
  for (const std::string_view key : {"\nRssAnon:", "\nRssShmem:"}) {
    const std::size_t at = status.find(key);
    if (at == std::string_view::npos) continue;
    std::string_view value = status.substr(at + key.size());
    kibibytes += next_number(value);
  }
  return kibibytes * 1024;
}

std::vector<ProcessStat> descendants(pid_t root) {
  std::vector<ProcessStat> rest = all_processes();
  std::vector<ProcessStat> found;
  const auto move_children_of = [&](pid_t parent) {
    const auto theirs = std::stable_partition(
        rest.begin(), rest.end(), [&](const ProcessStat& s) { return s.parent != parent; });
    found.insert(found.end(), theirs, rest.end());
    rest.erase(theirs, rest.end());
  };
  move_children_of(root);
  for (std::size_t i = 0; i < found.size(); ++i) move_children_of(found[i].pid);
  return found;
}

TreeUse use_of(const std::vector<ProcessStat>& processes, pid_t reaper) {
  static const auto tick_us = std::uint64_t(1'000'000 / ::sysconf(_SC_CLK_TCK));
  TreeUse use;
  for (const ProcessStat& process : processes) {
    use.cpu_us += process.cpu_ticks * tick_us;
    if (process.zombie) {
      use.tasks += process.parent == reaper ? 0 : 1;
      continue;
    }
    use.tasks += process.threads;
    use.memory += resident_of(process);
  }
  return use;
}

std::uint64_t parse_waiting(std::string_view schedstat) {
  next_number(schedstat);
  return next_number(schedstat) / 1000;
}

std::uint64_t waited_us(const std::vector<ProcessStat>& processes) {
  std::uint64_t longest = 0;
  for (const ProcessStat& process : processes) {
    for (const pid_t thread : threads_of(process.pid)) {
      std::array<char, 128> buffer{};
      const std::string name = "task/" + std::to_string(thread) + "/schedstat";
      longest = std::max(longest, parse_waiting(read_file(process.pid, name.c_str(), buffer)));
    }
  }
  return longest;
}

}  // namespace tally::worker
