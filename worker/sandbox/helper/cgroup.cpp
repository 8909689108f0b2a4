#include "worker/sandbox/helper/cgroup.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <stdexcept>

#include "worker/sandbox/helper/cgroup_files.hpp"

namespace tally::worker {
namespace {

constexpr std::chrono::seconds time_to_empty{2};

[[noreturn]] void fail(const std::string& doing) {
  throw std::runtime_error(doing + ": " + std::strerror(errno));
}

/// Until nothing lives in it, or for two seconds: what hangs in the kernel stays, and is swept
/// later.
void wait_until_empty(const std::string& folder) {
  const Descriptor events = Descriptor::open(folder + "/cgroup.events", O_RDONLY);
  const auto deadline = std::chrono::steady_clock::now() + time_to_empty;
  while (events.valid() && std::chrono::steady_clock::now() < deadline) {
    std::array<char, 256> text{};
    const ssize_t got = ::pread(events.get(), text.data(), text.size(), 0);
    if (got <= 0 || flat_value({text.data(), std::size_t(got)}, "populated") == 0) return;
    pollfd changed{events.get(), POLLPRI, 0};
    ::poll(&changed, 1, 20);
  }
}

void remove_group(const std::string& folder) noexcept {
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return;
  try {
    static_cast<void>(write_control(folder + "/cgroup.kill", "1"));
    wait_until_empty(folder);
  } catch (const std::exception&) {
    return;  // out of memory: it is swept later
  }
  ::rmdir(folder.c_str());
}

void give(const std::string& folder, uid_t owner) {
  if (::geteuid() != 0) return;
  for (const char* const name : {"", "/cgroup.procs", "/cgroup.subtree_control"}) {
    if (::chown((folder + name).c_str(), owner, owner) != 0) fail("give away " + folder);
  }
}

/// Of what `folder` has, its children get what they can use. Where the worker itself lives in
/// `folder`, the kernel allows none.
CgroupControllers enable_controllers(const std::string& folder) {
  const CgroupControllers offered = parse_controllers(read_control(folder + "/cgroup.controllers"));
  const std::string file = folder + "/cgroup.subtree_control";
  if (offered.memory) static_cast<void>(write_control(file, "+memory"));
  if (offered.pids) static_cast<void>(write_control(file, "+pids"));
  return parse_controllers(read_control(file));
}

}  // namespace

Cgroup::Cgroup(std::string folder, const SandboxLimits& limits,
               const CgroupControllers& controllers)
    : folder_(std::move(folder)) {
  if (::mkdir(folder_.c_str(), 0755) != 0) fail("create " + folder_);
  for (const auto& [name, value] : cgroup_settings(limits, controllers)) {
    const int error = write_control(folder_ + "/" + name, value);
    // A kernel without swap has no limit for it.
    if (error == 0 || (error == ENOENT && name == "memory.swap.max")) continue;
    ::rmdir(folder_.c_str());
    errno = error;
    fail("write " + folder_ + "/" + name);
  }
  descriptor_ = Descriptor::open(folder_, O_RDONLY | O_DIRECTORY);
  if (descriptor_.valid() && ::access((folder_ + "/cgroup.kill").c_str(), W_OK) == 0) return;
  const int error = errno;
  ::rmdir(folder_.c_str());
  errno = error;
  fail("open " + folder_);
}

Cgroup::~Cgroup() { remove_group(folder_); }

CgroupUse Cgroup::use() const {
  CgroupUse use;
  const std::string memory = read_control(folder_ + "/memory.events");
  // `oom_kill` alone is a killing for the sake of a group above, or of the machine.
  use.memory_exhausted = flat_value(memory, "oom") > 0 && flat_value(memory, "oom_kill") > 0;
  use.tasks_refused = flat_value(read_control(folder_ + "/pids.events"), "max") > 0;
  use.cpu_us = flat_value(read_control(folder_ + "/cpu.stat"), "usage_usec");
  return use;
}

CgroupTree::CgroupTree(const std::string& base, uid_t owner) {
  if (base.empty()) throw std::runtime_error("version 2 is not mounted");
  if (::access((base + "/cgroup.procs").c_str(), W_OK) != 0) fail(base);
  const CgroupControllers offered =
      may_enable(base) ? enable_controllers(base)
                       : parse_controllers(read_control(base + "/cgroup.subtree_control"));
  folder_ = base + "/" + cgroup_name_of(::getpid());
  const std::string own = folder_ + "/supervisor";
  if (::mkdir(folder_.c_str(), 0755) != 0) fail("create " + folder_);
  try {
    if (::mkdir(own.c_str(), 0755) != 0) fail("create " + own);
    if (offered.memory || offered.pids) controllers_ = enable_controllers(folder_);
    give(folder_, owner);
    errno = write_control(own + "/cgroup.procs", "0");
    if (errno != 0) fail("enter " + own);
  } catch (const std::runtime_error&) {
    ::rmdir(own.c_str());
    ::rmdir(folder_.c_str());
    throw;
  }
}

std::string CgroupTree::description() const {
  std::string text = "cgroup v2 at " + folder_.substr(0, folder_.rfind('/')) + ": ";
  if (controllers_.memory) text += controllers_.pids ? "memory, pids" : "memory";
  if (!controllers_.memory) text += controllers_.pids ? "pids" : "no controllers";
  return text;
}

std::string CgroupTree::next_folder() { return folder_ + "/" + std::to_string(++programs_); }

void sweep_cgroups(const std::string& base) noexcept try {
  for (const std::string& name : subfolders(base)) {
    if (!is_left_behind(base, name)) continue;
    const std::string folder = base + "/" + name;
    for (const std::string& inner : subfolders(folder)) remove_group(folder + "/" + inner);
    remove_group(folder);
  }
} catch (const std::exception&) {
  return;  // out of memory: whoever comes next sweeps
}

}  // namespace tally::worker
