#include "worker/sandbox/helper/bubblewrap.hpp"

#include <algorithm>
#include <filesystem>
#include <string>

#include "catch.hpp"
#include "worker/sandbox/helper/guard.hpp"

namespace {

using namespace tally::worker;
using Words = std::vector<std::string>;

Words arguments() {
  SandboxLimits limits;
  limits.scratch = 1 << 20;
  return bubblewrap_arguments("/usr/bin/bwrap", {{"/usr", ""}, {"/lib", "usr/lib"}},
                              {"/opt/python"}, limits, {{{"check.py", 20}, {"data", 21}}, 22});
}

}  // namespace

TEST_CASE("Bubblewrap is told every mount, and the root is closed last", "[sandbox]") {
  // clang-format off
  CHECK(arguments() == Words{
      "/usr/bin/bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent",
      "--new-session", "--as-pid-1", "--hostname", "sandbox", "--cap-drop", "ALL", "--clearenv",
      "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin",
      "--setenv", "HOME", "/tmp",
      "--setenv", "TMPDIR", "/tmp",
      "--setenv", "LANG", "C.UTF-8",
      "--setenv", "PYTHONHASHSEED", "0",
      "--setenv", "OMP_NUM_THREADS", "1",
      "--setenv", "OPENBLAS_NUM_THREADS", "1",
      "--setenv", "MKL_NUM_THREADS", "1",
      "--ro-bind", "/usr", "/usr",
      "--symlink", "usr/lib", "/lib",
      "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache",
      "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
      "--proc", "/proc",
      "--dev-bind", "/dev/null", "/dev/null",
      "--dev-bind", "/dev/urandom", "/dev/urandom",
      "--symlink", "urandom", "/dev/random",
      "--symlink", "/proc/self/fd", "/dev/fd",
      "--symlink", "/proc/self/fd/0", "/dev/stdin",
      "--symlink", "/proc/self/fd/1", "/dev/stdout",
      "--symlink", "/proc/self/fd/2", "/dev/stderr",
      "--size", "1048576", "--tmpfs", "/dev/shm",
      "--size", "1048576", "--tmpfs", "/tmp",
      "--ro-bind", "/opt/python", "/opt/python",
      "--dir", "/tally",
      "--perms", "0555", "--file", "20", "/tally/check.py",
      "--perms", "0555", "--file", "21", "/tally/data",
      "--seccomp", "22", "--chdir", "/tmp", "--remount-ro", "/"});
  // clang-format on
}

TEST_CASE("Every temporary filesystem has a size", "[sandbox]") {
  const Words words = arguments();
  for (auto at = words.begin(); (at = std::find(at, words.end(), "--tmpfs")) != words.end(); ++at) {
    CHECK(*(at - 2) == "--size");
  }
}

TEST_CASE("Shared memory has a cap of its own", "[sandbox]") {
  SandboxLimits limits;
  limits.scratch = 1ull << 30;
  const Words words = bubblewrap_arguments("bwrap", {}, {}, limits, {});
  const auto shared = std::find(words.begin(), words.end(), "/dev/shm");
  REQUIRE(shared != words.end());
  CHECK(*(shared - 2) == "16777216");
}

TEST_CASE("This host's /usr is among the system's folders, and a link stays a link", "[sandbox]") {
  const std::vector<SystemFolder> found = system_folders();
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().path == "/usr");
  for (const SystemFolder& folder : found) {
    std::error_code error;
    CHECK(std::filesystem::is_symlink(folder.path, error) != folder.link_target.empty());
  }
}

TEST_CASE("A guard reads back what it is told", "[sandbox]") {
  GuardOptions told;
  told.isolated = false;
  told.control = 17;
  told.status = 18;
  told.streams = {19, 20, 21, 22, -1, 23};
  using std::chrono::milliseconds;
  told.limits = {milliseconds(1), milliseconds(9), milliseconds(2), 3, 4, 5, 6};
  told.private_folder = "/tmp/x";
  told.argv = {"python3", "", "--guard"};
  Words words = guard_arguments(told);
  REQUIRE(words.front() == "--guard");
  words.erase(words.begin());
  const GuardOptions got = parse_guard_arguments(words);
  CHECK(got.isolated == told.isolated);
  CHECK(got.control == told.control);
  CHECK(got.status == told.status);
  CHECK(got.streams == told.streams);
  CHECK(got.limits.wall == told.limits.wall);
  CHECK(got.limits.wall_grace == told.limits.wall_grace);
  CHECK(got.limits.cpu == told.limits.cpu);
  CHECK(got.limits.memory == told.limits.memory);
  CHECK(got.limits.processes == told.limits.processes);
  CHECK(got.limits.scratch == told.limits.scratch);
  CHECK(got.private_folder == told.private_folder);
  CHECK(got.argv == told.argv);
}

TEST_CASE("A guard refuses what it cannot read", "[sandbox]") {
  Words words = guard_arguments({});
  words.push_back("true");
  words.erase(words.begin());
  words[1] = "1x";
  CHECK_THROWS_WITH(parse_guard_arguments(words), "guard: found \"1x\", expected a number");
  words.resize(10);
  CHECK_THROWS_WITH(parse_guard_arguments(words), "guard: too few arguments");
}
