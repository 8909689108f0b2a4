#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/descriptor.hpp"
#include "worker/sandbox/program.hpp"

// Control groups (version 2) as a second fence around programs, beside the guard's watch:
//   <base>                           the worker's own group, or the one above a group named `tally`
//   <base>/tally-<pid>-<start>       of one supervisor, named by its process and when that started
//   .../supervisor                   where the supervisor itself lives
//   .../<n>                          one program: bubblewrap, its guard, and all that comes of it
// A supervisor that has left root cannot remove its own group: the next one does, and the worker.

namespace tally::worker {

/// The folder of `base`, from the text of /proc/self/cgroup and /proc/self/mountinfo; empty when
/// version 2 is not mounted or the process is in no part of it that is mounted.
[[nodiscard]] std::string cgroup_base(std::string_view self_cgroup, std::string_view mountinfo);
/// The same of this process.
[[nodiscard]] std::string cgroup_base();

/// Which controllers the groups of programs have.
struct CgroupControllers {
  bool memory = false;
  bool pids = false;
};
/// From the text of a cgroup.controllers file.
[[nodiscard]] CgroupControllers parse_controllers(std::string_view text);

/// File name and content, in the order of writing. They are wider than the watch's limits: it
/// speaks first, and knows what a program used. Memory holds the file systems too, and what the
/// kernel keeps for the processes.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> cgroup_settings(
    const SandboxLimits& limits, const CgroupControllers& controllers);

/// The number behind `key` in a flat keyed file ("oom 1\noom_kill 3\n"); 0 when it is not there.
[[nodiscard]] std::uint64_t flat_value(std::string_view text, std::string_view key);

/// Kills and removes what supervisors that are gone have left in `base`. Never throws.
void sweep_cgroups(const std::string& base) noexcept;

/// What the kernel has counted in a group.
struct CgroupUse {
  bool memory_exhausted = false;  ///< Its own limit made the kernel kill in it.
  bool tasks_refused = false;
  std::uint64_t cpu_us = 0;
};

/// The group of one program. Its end kills what is still in it, and removes it.
class Cgroup {
 public:
  /// Throws std::runtime_error when it cannot be made with all its settings.
  Cgroup(std::string folder, const SandboxLimits& limits, const CgroupControllers& controllers);
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  /// The folder, for clone3(2).
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] CgroupUse use() const;

 private:
  std::string folder_;
  Descriptor descriptor_;
};

/// A supervisor's group.
class CgroupTree {
 public:
  /// Makes it, gives it to `owner` where the caller is root, and moves the caller into it. Throws
  /// std::runtime_error saying what could not be done; then nothing is left, and nobody moved.
  CgroupTree(const std::string& base, uid_t owner);

  [[nodiscard]] const CgroupControllers& controllers() const { return controllers_; }
  /// For people: "cgroup v2 at <base>: memory, pids".
  [[nodiscard]] std::string description() const;
  /// Where the next program's group is to be.
  [[nodiscard]] std::string next_folder();

 private:
  std::string folder_;
  CgroupControllers controllers_;
  std::uint64_t programs_ = 0;
};

}  // namespace tally::worker
