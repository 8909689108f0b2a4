#include "worker/sandbox/helper/cgroup.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "worker/sandbox/helper/cgroup_files.hpp"

namespace {

namespace fs = std::filesystem;
using namespace tally::worker;

const std::string unified =
    "25 1 0:23 / /sys rw - sysfs sysfs rw\n31 25 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 "
    "rw,nsdelegate\n";
const std::string hybrid =
    "32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:4 - cgroup2 cgroup2 rw\n";

/// A folder of this test's own, gone afterwards.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "cgroup_test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }
  void make(const std::string& inner) const { fs::create_directories(path_ / inner); }
  void write(const std::string& inner, const std::string& text) const {
    std::ofstream(path_ / inner) << text;
  }
  [[nodiscard]] bool has(const std::string& inner) const { return fs::exists(path_ / inner); }

 private:
  fs::path path_;
};

std::string name_of_a_dead_process() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return "tally-" + std::to_string(pid) + "-1";
}

}  // namespace

TEST_CASE("The own group is found where version 2 is mounted", "[sandbox]") {
  CHECK(cgroup_base("0::/user.slice/run.scope\n", unified) ==
        "/sys/fs/cgroup/user.slice/run.scope");
  CHECK(cgroup_base("0::/\n", unified) == "/sys/fs/cgroup");
  CHECK(cgroup_base("4:memory:/job\n1:name=systemd:/x\n0::/job/step\n", hybrid) ==
        "/sys/fs/cgroup/unified/job/step");
}

TEST_CASE("A part of the hierarchy that is mounted is its own root", "[sandbox]") {
  const std::string part = "9 8 0:38 /pods/a\\040b /mnt/c\\040d rw - cgroup2 cgroup2 rw\n";
  CHECK(cgroup_base("0::/pods/a b/step\n", part) == "/mnt/c d/step");
  CHECK(cgroup_base("0::/pods/a b\n", part) == "/mnt/c d");
  CHECK(cgroup_base("0::/pods/a bc\n", part).empty());
  CHECK(cgroup_base("0::/other\n", part).empty());
}

TEST_CASE("Without a group of version 2 that can be seen there is none", "[sandbox]") {
  CHECK(cgroup_base("4:memory:/job\n", hybrid).empty());
  CHECK(cgroup_base("0::/job\n", "32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw\n")
            .empty());
  CHECK(cgroup_base("0::/../other\n", unified).empty());
  CHECK(cgroup_base("0::/job (deleted)\n", unified).empty());
  CHECK(cgroup_base("", "").empty());
  CHECK(cgroup_base("0::/job\n", "31 25 - cgroup2 x y\n").empty());
}

TEST_CASE("A group named tally opens the one above it, and nothing else does", "[sandbox]") {
  CHECK(cgroup_base("0::/a/run.scope/tally\n", unified) == "/sys/fs/cgroup/a/run.scope");
  CHECK(cgroup_base("0::/tally\n", unified) == "/sys/fs/cgroup");
  CHECK(cgroup_base("0::/a/xtally\n", unified) == "/sys/fs/cgroup/a/xtally");
  CHECK(cgroup_base("0::/a/tally/b\n", unified) == "/sys/fs/cgroup/a/tally/b");
  // What is above is not mounted.
  CHECK(cgroup_base("0::/a/tally\n", "9 8 0:38 /a/tally /mnt/tally rw - cgroup2 c rw\n") ==
        "/mnt/tally");
}

TEST_CASE("Controllers are whole words", "[sandbox]") {
  const CgroupControllers both = parse_controllers("cpuset cpu io memory hugetlb pids rdma\n");
  CHECK(both.memory);
  CHECK(both.pids);
  const CgroupControllers neither = parse_controllers("cpu memory2 xpids\n");
  CHECK_FALSE(neither.memory);
  CHECK_FALSE(neither.pids);
  CHECK_FALSE(parse_controllers("").memory);
}

TEST_CASE("What a group allows is wider than what the watch allows", "[sandbox]") {
  SandboxLimits limits;
  limits.memory = 100 << 20;
  limits.scratch = 10 << 20;
  limits.processes = 20;
  using Settings = std::vector<std::pair<std::string, std::string>>;
  // 100 + 10 + 16 of /dev/shm + 32 of the kernel's: 158 MiB; 20 + 8 + 1 + 3 tasks
  CHECK(cgroup_settings(limits, {.memory = true, .pids = true}) ==
        Settings{{"memory.max", "165675008"},
                 {"memory.swap.max", "0"},
                 {"memory.oom.group", "1"},
                 {"pids.max", "32"}});
  CHECK(cgroup_settings(limits, {.memory = false, .pids = true}) == Settings{{"pids.max", "32"}});
  CHECK(cgroup_settings(limits, {}).empty());
}

TEST_CASE("A flat file's value is that of the whole key", "[sandbox]") {
  const std::string events = "low 0\nmax 7\noom 2\noom_kill 31\noom_group_kill 1\n";
  CHECK(flat_value(events, "oom") == 2);
  CHECK(flat_value(events, "oom_kill") == 31);
  CHECK(flat_value(events, "oom_") == 0);
  CHECK(flat_value("", "oom") == 0);
}

TEST_CASE("A program's group is made with its settings, or not at all", "[sandbox]") {
  const Folder folder;
  // Not a control group file system: the new folder has no control files.
  CHECK_THROWS_WITH(Cgroup(folder.path() + "/1", {}, {.memory = true, .pids = false}),
                    "write " + folder.path() + "/1/memory.max: No such file or directory");
  CHECK_FALSE(folder.has("1"));
  CHECK_THROWS_WITH(Cgroup(folder.path() + "/2", {}, {}),
                    "open " + folder.path() + "/2: No such file or directory");
  CHECK_FALSE(folder.has("2"));
}

TEST_CASE("A supervisor's group that cannot be entered is not left there", "[sandbox]") {
  const Folder folder;
  CHECK_THROWS_WITH(CgroupTree("", 65534), "version 2 is not mounted");
  CHECK_THROWS_WITH(CgroupTree(folder.path(), 65534),
                    folder.path() + ": No such file or directory");
  folder.write("cgroup.procs", "");
  CHECK_THROWS(CgroupTree(folder.path(), 65534));
  CHECK(subfolders(folder.path()).empty());
}

TEST_CASE("Only what a supervisor that is gone has left is swept", "[sandbox]") {
  const Folder folder;
  const std::string dead = name_of_a_dead_process();
  const std::string living = cgroup_name_of(::getpid());
  const std::string reused = "tally-" + std::to_string(::getpid()) + "-1";
  const std::vector<std::string> kept{living, "tally", "tally-x-1", "tally-1", dead + "x", "job"};
  for (const std::string& name : kept) folder.make(name + "/supervisor");
  for (const std::string& name : {dead, reused}) folder.make(name + "/supervisor");
  folder.make(dead + "/17");
  sweep_cgroups(folder.path());
  for (const std::string& name : kept) CHECK(folder.has(name + "/supervisor"));
  CHECK_FALSE(folder.has(dead));
  CHECK_FALSE(folder.has(reused));
}

TEST_CASE("A supervisor of another PID namespace is seen by who lives in its group", "[sandbox]") {
  const Folder folder;
  const std::string name = name_of_a_dead_process();
  folder.make(name + "/supervisor");
  folder.write(name + "/supervisor/cgroup.events", "populated 1\nfrozen 0\n");
  CHECK_FALSE(is_left_behind(folder.path(), name));
  folder.write(name + "/supervisor/cgroup.events", "populated 0\nfrozen 0\n");
  CHECK(is_left_behind(folder.path(), name));
}
