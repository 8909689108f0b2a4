#include "worker/sandbox/helper/cgroup_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "core/base/descriptor.hpp"
#include "worker/sandbox/helper/cgroup.hpp"

namespace tally::worker {
namespace {

constexpr std::string_view prefix = "tally-";
constexpr std::string_view leaf =
    "tally";  // a worker in a group of this name may use the one above

/// The next part of `text` up to `separator`, which is taken off.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// Mount points have spaces and the like as \040.
std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] == '\\' && text.size() >= 4) {
      out += static_cast<char>(std::strtol(std::string(text.substr(1, 3)).c_str(), nullptr, 8));
      text.remove_prefix(4);
    } else {
      out += text[0];
      text.remove_prefix(1);
    }
  }
  return out;
}

/// Whether `word` is one of a list with commas.
bool holds(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    if (cut(list, ',') == word) return true;
  }
  return false;
}

/// The path of the process in version 2's hierarchy, the line "0::<path>"; or in that of version 1
/// with a controller, the line "<n>:<controllers>:<path>".
std::string_view path_in_hierarchy(std::string_view self_cgroup, std::string_view controller = "") {
  while (!self_cgroup.empty()) {
    std::string_view line = cut(self_cgroup, '\n');
    const bool second = cut(line, ':') == "0";
    const std::string_view controllers = cut(line, ':');
    const bool meant = controller.empty() ? second && controllers.empty()
                                          : !second && holds(controllers, controller);
    if (meant && line.starts_with('/')) return line;
  }
  return {};
}

/// Whether what follows the dash of a line of mountinfo ("cgroup cgroup rw,memory") is that
/// hierarchy.
bool is_mount_of(std::string_view kind, std::string_view controller) {
  if (controller.empty()) return kind.starts_with("cgroup2 ");
  if (!kind.starts_with("cgroup ")) return false;
  for (int field = 0; field < 2; ++field) cut(kind, ' ');
  return holds(kind, controller);
}

/// Where `path` is when `root` is mounted at `point`; empty when it is not below.
std::string in_mount(std::string_view path, std::string_view root, const std::string& point) {
  if (root == "/") root = "";
  if (!path.starts_with(root)) return {};
  path.remove_prefix(root.size());
  if (path.empty() || path == "/") return point;
  return path[0] == '/' ? point + std::string(path) : std::string();
}

/// The start of a process, as in its stat line; empty when there is none.
std::string start_of(const std::string& pid) {
  const std::string stat = read_control("/proc/" + pid + "/stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  std::string_view rest = std::string_view(stat).substr(std::min(name_end + 2, stat.size()));
  for (int field = 3; field < 22; ++field) cut(rest, ' ');
  return std::string(cut(rest, ' '));
}

std::string own_folder(std::string_view self_cgroup, std::string_view mountinfo,
                       std::string_view controller = "") {
  const std::string_view path = path_in_hierarchy(self_cgroup, controller);
  // ".." and " (deleted)" are outside of what can be seen from here.
  if (path.empty() || path.starts_with("/..") || path.ends_with(" (deleted)")) return {};
  while (!mountinfo.empty()) {
    std::string_view line = cut(mountinfo, '\n');
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos || !is_mount_of(line.substr(dash + 3), controller)) continue;
    for (int field = 1; field < 4; ++field) cut(line, ' ');
    const std::string root = unescaped(cut(line, ' '));
    const std::string point = unescaped(cut(line, ' '));
    std::string folder = in_mount(path, root, point);
    if (!folder.empty()) return folder;
  }
  return {};
}

}  // namespace

int write_control(const std::string& file, std::string_view value) {
  const Descriptor to = Descriptor::open(file, O_WRONLY);
  return to.valid() ? write_all(to.get(), std::as_bytes(std::span(value))) : errno;
}

std::string read_control(const std::string& file) {
  const Descriptor from = Descriptor::open(file, O_RDONLY);
  std::string text;
  std::array<std::byte, 4096> buffer;
  for (ssize_t got = 0; from.valid() && (got = read_some(from.get(), buffer)) > 0;) {
    text.append(reinterpret_cast<const char*>(buffer.data()), std::size_t(got));
  }
  return text;
}

std::vector<std::string> subfolders(const std::string& folder) {
  std::vector<std::string> names;
  DIR* const open = ::opendir(folder.c_str());
  if (open == nullptr) return names;
  while (const dirent* const entry = ::readdir(open)) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(open);
  return names;
}

std::string cgroup_name_of(pid_t pid) {
  const std::string number = std::to_string(pid);
  return std::string(prefix) + number + "-" + start_of(number);
}

bool is_left_behind(const std::string& base, const std::string& name) {
  unsigned pid = 0;
  unsigned long long start = 0;
  int used = 0;
  if (std::sscanf(name.c_str(), "tally-%u-%llu%n", &pid, &start, &used) != 2 ||
      std::size_t(used) != name.size()) {
    return false;
  }
  if (start_of(std::to_string(pid)) == std::to_string(start)) return false;
  return flat_value(read_control(base + "/" + name + "/supervisor/cgroup.events"), "populated") ==
         0;
}

bool may_enable(const std::string& base) {
  return own_folder(read_control("/proc/self/cgroup"), read_control("/proc/self/mountinfo")) ==
         base + "/" + std::string(leaf);
}

std::string cgroup_base(std::string_view self_cgroup, std::string_view mountinfo) {
  const std::string own = own_folder(self_cgroup, mountinfo);
  const std::string_view path = path_in_hierarchy(self_cgroup);
  const std::string ending = "/" + std::string(leaf);
  // Not above what is mounted.
  if (!path.ends_with(ending) || !own.ends_with(ending)) return own;
  const std::string above = own.substr(0, own.size() - ending.size());
  const std::string back = own_folder(
      "0::" +
          std::string(path.size() == ending.size() ? "/"
                                                   : path.substr(0, path.size() - ending.size())) +
          "\n",
      mountinfo);
  return back == above ? above : own;
}

std::string cgroup1_folder(std::string_view self_cgroup, std::string_view mountinfo,
                           std::string_view controller) {
  return own_folder(self_cgroup, mountinfo, controller);
}

std::string cgroup_base() {
  return cgroup_base(read_control("/proc/self/cgroup"), read_control("/proc/self/mountinfo"));
}

CgroupControllers parse_controllers(std::string_view text) {
  CgroupControllers found;
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    while (!line.empty()) {
      const std::string_view name = cut(line, ' ');
      found.memory = found.memory || name == "memory";
      found.pids = found.pids || name == "pids";
    }
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> cgroup_settings(
    const SandboxLimits& limits, const CgroupControllers& controllers) {
  constexpr std::uint64_t of_the_kernel = 32 << 20;  // page tables, stacks, pipes; bubblewrap
  constexpr std::uint64_t shared_memory = 16 << 20;
  constexpr std::uint32_t spare_tasks = 8 + 1;  // the guard's, and one
  constexpr std::uint32_t own_tasks = 3;        // bubblewrap, twice while it starts, and the guard
  std::vector<std::pair<std::string, std::string>> settings;
  if (controllers.memory) {
    settings.emplace_back("memory.max", std::to_string(limits.memory + limits.scratch +
                                                       shared_memory + of_the_kernel));
    settings.emplace_back("memory.swap.max", "0");
    settings.emplace_back("memory.oom.group", "1");
  }
  if (controllers.pids) {
    settings.emplace_back("pids.max", std::to_string(limits.processes + spare_tasks + own_tasks));
  }
  return settings;
}

std::uint64_t flat_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    if (cut(line, ' ') == key) return std::strtoull(std::string(line).c_str(), nullptr, 10);
  }
  return 0;
}

}  // namespace tally::worker
