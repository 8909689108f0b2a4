#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

#include "catch.hpp"
#include "core/base/files.hpp"
#include "core/base/temporary.hpp"
#include "temp_dir.hpp"

using namespace tally;

namespace {

// The pid of a process that has ended and was reaped.
pid_t dead_pid() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  ::waitpid(pid, nullptr, 0);
  return pid;
}

std::string name_of(const TemporaryOwner& owner) {
  return fmt::format("a.h5.{}.{}.{}.{}.0.tmp", owner.host, owner.boot, owner.pid, owner.start);
}

void make_older(const std::filesystem::path& file, int hours) {
  const timespec then{std::time(nullptr) - 3600 * hours, 0};
  const std::array<timespec, 2> times{then, then};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) == 0);
}

}  // namespace

TEST_CASE("a temporary's name tells its owner", "[base][temporary]") {
  const TemporaryOwner self = this_owner();
  CHECK(self.pid == ::getpid());
  CHECK(self.start > 0);
  CHECK(self.boot.size() == 8);
  const auto parsed = parse_temporary_name(temporary_name("shard.with.dots.h5"));
  REQUIRE(parsed);
  CHECK(parsed->host == self.host);
  CHECK(parsed->boot == self.boot);
  CHECK(parsed->pid == self.pid);
  CHECK(parsed->start == self.start);
  CHECK(temporary_name("a") != temporary_name("a"));
  CHECK(temporary_name(std::string(300, 'x')).size() == 255);
}

TEST_CASE("names that are not ours have no owner", "[base][temporary]") {
  const std::string name = GENERATE(values<std::string>(
      {"", "a.tmp", ".tmp", "a.h.12345678.1.2.3", "a.h.12345678.0.2.3.tmp",
       "a.h.12345678.-4.2.3.tmp", "a.h.1234567.1.2.3.tmp", "a.h.12345678.x.2.3.tmp",
       "a.h.12345678.1.2.3x.tmp", "a.h.12345678.99999999999.2.3.tmp"}));
  CAPTURE(name);
  CHECK_FALSE(parse_temporary_name(name));
}

TEST_CASE("files of the living stay and files of the dead go", "[base][temporary]") {
  const TempDir dir;
  TemporaryOwner owner = this_owner();
  const std::string living = name_of(owner);
  static_cast<void>(dir.file(living, "x"));
  owner.start += 1;  // our pid, but another process had it
  const std::string reused = name_of(owner);
  static_cast<void>(dir.file(reused, "x"));
  owner.pid = dead_pid();
  const std::string dead = name_of(owner);
  static_cast<void>(dir.file(dead, "x"));
  static_cast<void>(dir.file("notes.tmp", "x"));
  std::vector<std::string> removed = remove_stale_temporaries(dir.path(), 24);
  std::sort(removed.begin(), removed.end());
  std::vector<std::string> expected{reused, dead};
  std::sort(expected.begin(), expected.end());
  CHECK(removed == expected);
  CHECK(std::filesystem::exists(dir.path() / living));
  CHECK(std::filesystem::exists(dir.path() / "notes.tmp"));
}

TEST_CASE("files of other hosts and boots go when they are old enough", "[base][temporary]") {
  const TempDir dir;
  TemporaryOwner owner = this_owner();
  owner.pid = dead_pid();
  if (GENERATE(true, false))
    owner.host = "elsewhere";
  else
    owner.boot = "00000000";
  const auto file = dir.file(name_of(owner), "x");
  CHECK(remove_stale_temporaries(dir.path(), 24).empty());
  make_older(file, 23);
  CHECK(remove_stale_temporaries(dir.path(), 24).empty());
  make_older(file, 25);
  CHECK(remove_stale_temporaries(dir.path(), 24) == std::vector<std::string>{name_of(owner)});
  CHECK(std::filesystem::is_empty(dir.path()));
}
