// The publish protocol under failing system calls. This program defines fsync, write and renameat2
// itself, so the library's calls end here and a test decides which of them fail.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "temp_dir.hpp"

using namespace tally;
namespace fs = std::filesystem;

namespace {

struct Faults {
  std::vector<int> file_sync{};  // errno per fsync of a regular file, in order; 0 succeeds
  int directory_sync = 0;
  int rename = 0;
  int interrupted_writes = 0;  // that many write() calls fail with EINTR first
  std::size_t write_at_most = 0;
  int file_syncs = 0;
  int failed_again = 0;            // fsyncs of a file whose fsync failed before
  std::set<std::string> failed{};  // paths: a new file may get the inode of an unlinked one
};
Faults faults;

int fail(int why) {
  errno = why;
  return -1;
}

}  // namespace

extern "C" int fsync(int fd) {
  struct stat status {};
  ::fstat(fd, &status);
  if (S_ISDIR(status.st_mode)) {
    if (faults.directory_sync != 0) return fail(faults.directory_sync);
    return static_cast<int>(::syscall(SYS_fsync, fd));
  }
  const std::string file = fs::read_symlink("/proc/self/fd/" + std::to_string(fd)).string();
  if (faults.failed.contains(file)) ++faults.failed_again;
  const auto index = static_cast<std::size_t>(faults.file_syncs++);
  const int why = index < faults.file_sync.size() ? faults.file_sync[index] : 0;
  if (why != 0 && why != EINTR) faults.failed.insert(file);
  return why == 0 ? static_cast<int>(::syscall(SYS_fsync, fd)) : fail(why);
}

extern "C" ssize_t write(int fd, const void* data, std::size_t size) {
  if (faults.interrupted_writes > 0) {
    --faults.interrupted_writes;
    return fail(EINTR);
  }
  if (faults.write_at_most > 0 && size > faults.write_at_most) size = faults.write_at_most;
  return ::syscall(SYS_write, fd, data, size);
}

extern "C" int renameat2(int from_dir, const char* from, int to_dir, const char* to,
                         unsigned int flags) noexcept {
  if (faults.rename != 0) return fail(faults.rename);
  return static_cast<int>(::syscall(SYS_renameat2, from_dir, from, to_dir, to, flags));
}

namespace {

struct Run {
  explicit Run(Faults injected) {
    fs::create_directory(temp);
    faults = std::move(injected);
  }
  ~Run() { faults = {}; }
  Published publish(std::string_view text = "hello") {
    return publish_new(temp, target, std::as_bytes(std::span(text)));
  }
  [[nodiscard]] std::string content() const { return read_text(target, 1'000'000); }
  TempDir dir;
  fs::path temp = dir.path() / "temp";
  fs::path target = dir.path() / "a.h5";
};

}  // namespace

TEST_CASE("after a failed fsync the file is written anew and never synced again", "[base][files]") {
  Run run({.file_sync = {EIO, ENOSPC}});
  CHECK(run.publish() == Published::created);
  CHECK(faults.file_syncs == 3);
  CHECK(faults.failed_again == 0);
  CHECK(run.content() == "hello");
  CHECK(fs::is_empty(run.temp));
}

TEST_CASE("three failed fsyncs are an I/O error with nothing published", "[base][files]") {
  Run run({.file_sync = {EIO, EIO, ENOSPC, 0}});
  CHECK_THROWS_WITH(run.publish(),
                    (run.temp / "a.h5").string() + ": fsync, 3 rewrites: No space left on device");
  CHECK(faults.file_syncs == 3);
  CHECK_FALSE(fs::exists(run.target));
  CHECK(fs::is_empty(run.temp));
}

TEST_CASE("an interrupted fsync is continued on the same file", "[base][files]") {
  Run run({.file_sync = {EINTR, EINTR}});
  CHECK(run.publish() == Published::created);
  CHECK(faults.file_syncs == 3);
}

TEST_CASE("a failed fsync of the folder is an error, and the retry finds the file",
          "[base][files]") {
  Run run({.directory_sync = EIO});
  CHECK_THROWS_WITH(run.publish(), run.dir.path().string() + ": fsync: Input/output error");
  CHECK_THROWS_AS(run.publish(), Error);  // found there, but still not known to be durable
  faults = {};
  CHECK(run.publish() == Published::already_there);
}

TEST_CASE("after a failed fsync of the folder a retry puts a new file there", "[base][files]") {
  Run run({.directory_sync = EIO});
  CHECK_THROWS_AS(run.publish(), Error);
  // Held open, so that its inode cannot be given to the new file.
  const int first = ::open(run.target.c_str(), O_RDONLY);
  struct stat before {};
  REQUIRE(::fstat(first, &before) == 0);
  faults = {};
  CHECK(run.publish() == Published::already_there);
  struct stat after {};
  REQUIRE(::stat(run.target.c_str(), &after) == 0);
  CHECK(after.st_ino != before.st_ino);
  CHECK(faults.file_syncs == 1);  // of the new one
  CHECK(run.content() == "hello");
  CHECK(fs::is_empty(run.temp));
  ::close(first);
}

TEST_CASE("short and interrupted writes go on where they stopped", "[base][files]") {
  Run run({.interrupted_writes = 3, .write_at_most = 7});
  std::string text;
  for (int i = 0; i < 200; ++i) text += static_cast<char>('a' + i % 26);
  CHECK(run.publish(text) == Published::created);
  CHECK(run.content() == text);
}

TEST_CASE("a filesystem without exclusive rename is served by link and unlink", "[base][files]") {
  Run run({.rename = GENERATE(EINVAL, ENOSYS, ENOTSUP)});
  CHECK(run.publish() == Published::created);
  CHECK(run.publish() == Published::already_there);
  CHECK_THROWS_WITH(run.publish("other"), TALLY_CONTAINS("found other bytes under this name"));
  CHECK(run.content() == "hello");
  CHECK(fs::hard_link_count(run.target) == 1);
  CHECK(fs::is_empty(run.temp));
}

TEST_CASE("any other failure of rename is an I/O error", "[base][files]") {
  Run run({.rename = EXDEV});
  CHECK_THROWS_WITH(run.publish(), run.target.string() + ": rename: Invalid cross-device link");
  CHECK_FALSE(fs::exists(run.target));
  CHECK(fs::is_empty(run.temp));
}
