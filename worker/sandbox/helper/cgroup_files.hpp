#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace tally::worker {

/// Writes one of the kernel's control files, which has to exist. Returns 0 or the errno.
[[nodiscard]] int write_control(const std::string& file, std::string_view value);
/// The whole of a control file; empty when it cannot be read.
[[nodiscard]] std::string read_control(const std::string& file);
/// The folder of the group of version 1 with `controller`, from the text of /proc/self/cgroup and
/// /proc/self/mountinfo; empty when there is none.
[[nodiscard]] std::string cgroup1_folder(std::string_view self_cgroup, std::string_view mountinfo,
                                         std::string_view controller);
/// The names of the folders in a folder, in no order.
[[nodiscard]] std::vector<std::string> subfolders(const std::string& folder);

/// "tally-<pid>-<start>" of a process that lives; the start is in clock ticks since boot.
[[nodiscard]] std::string cgroup_name_of(pid_t pid);
/// Whether base/name is a supervisor's group whose supervisor is gone: no such process, and nobody
/// in its `supervisor`, where one of another PID namespace would be.
[[nodiscard]] bool is_left_behind(const std::string& base, const std::string& name);
/// Whether the controllers of `base` are ours to enable: when this process is in a group below it.
[[nodiscard]] bool may_enable(const std::string& base);

}  // namespace tally::worker
