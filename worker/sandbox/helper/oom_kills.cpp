#include "worker/sandbox/helper/oom_kills.hpp"

#include <unistd.h>

#include <algorithm>

#include "worker/sandbox/helper/cgroup.hpp"
#include "worker/sandbox/helper/cgroup_files.hpp"

namespace tally::worker {
namespace {

/// The kernel counts in the group and in all above it, where they have the controller.
std::string nearest_events(std::string folder) {
  while (!folder.empty()) {
    std::string file = folder + "/memory.events";
    if (::access(file.c_str(), R_OK) == 0) return file;
    folder.resize(std::min(folder.rfind('/'), folder.size()));
  }
  return {};
}

}  // namespace

std::vector<std::string> oom_kill_files(const std::string& base) {
  std::vector<std::string> files{"/proc/vmstat", nearest_events(base)};
  const std::string own = cgroup1_folder(read_control("/proc/self/cgroup"),
                                         read_control("/proc/self/mountinfo"), "memory");
  if (!own.empty()) files.push_back(own + "/memory.oom_control");
  std::erase_if(files, [](const std::string& file) { return ::access(file.c_str(), R_OK) != 0; });
  return files;
}

OomKills::OomKills(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    counts_.push_back(flat_value(read_control(file), "oom_kill"));
  }
}

bool OomKills::more_than(const OomKills& earlier) const {
  bool more = false;
  for (std::size_t i = 0; i < std::min(counts_.size(), earlier.counts_.size()); ++i) {
    more = more || counts_[i] > earlier.counts_[i];
  }
  return more;
}

}  // namespace tally::worker
