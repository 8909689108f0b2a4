#include "worker/sandbox/helper/oom_kills.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "temp_dir.hpp"
#include "worker/sandbox/helper/cgroup_files.hpp"

namespace {

using namespace tally::worker;

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("One count that grows is a kill, whatever the others say", "[sandbox]") {
  const TempDir folder;
  const auto machine = folder.path() / "vmstat";
  const auto group = folder.path() / "memory.events";
  write(machine, "pgfault 9\noom_kill 4\ndrop_pagecache 0\n");
  write(group, "oom 3\noom_kill 2\n");
  const std::vector<std::string> files{machine.string(), group.string()};
  const OomKills before(files);
  CHECK_FALSE(OomKills(files).more_than(before));
  write(machine, "pgfault 10\noom_kill 4\ndrop_pagecache 0\n");
  write(group, "oom 4\noom_kill 2\n");
  CHECK_FALSE(OomKills(files).more_than(before));
  write(group, "oom 4\noom_kill 3\n");
  std::filesystem::remove(machine);
  CHECK(OomKills(files).more_than(before));
}

TEST_CASE("The kills of a group are counted by the nearest that has the controller", "[sandbox]") {
  const TempDir folder;
  const auto job = folder.path() / "job";
  std::filesystem::create_directories(job / "step");
  const auto has = [&](const std::filesystem::path& file) {
    const auto files = oom_kill_files((job / "step").string());
    return std::find(files.begin(), files.end(), file.string()) != files.end();
  };
  CHECK_FALSE(has(job / "memory.events"));
  write(job / "memory.events", "oom_kill 0\n");
  CHECK(has(job / "memory.events"));
  write(job / "step" / "memory.events", "oom_kill 0\n");
  CHECK(has(job / "step" / "memory.events"));
  CHECK_FALSE(has(job / "memory.events"));
  CHECK(oom_kill_files("").front() == "/proc/vmstat");
}

TEST_CASE("A group of version 1 is found by its controller", "[sandbox]") {
  const std::string mounts =
      "31 25 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
      "32 25 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "41 25 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
  const std::string groups = "4:memory:/job/step:1\n3:cpu,cpuacct:/c\n1:name=systemd:/x\n0::/u\n";
  CHECK(cgroup1_folder(groups, mounts, "memory") == "/sys/fs/cgroup/memory/job/step:1");
  CHECK(cgroup1_folder(groups, mounts, "cpuacct") == "/sys/fs/cgroup/cpu/c");
  CHECK(cgroup1_folder(groups, mounts, "mem").empty());
  CHECK(cgroup1_folder("0::/u\n", mounts, "memory").empty());
  CHECK(cgroup1_folder(groups, "", "memory").empty());
}
