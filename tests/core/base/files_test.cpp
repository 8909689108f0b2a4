#include "core/base/files.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "temp_dir.hpp"

using namespace tally;
namespace fs = std::filesystem;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// A file size limit stands for a full disk: write() fails halfway, and no root is needed.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit small{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

// Root may write anywhere. While this lives, root is nobody, and the folders are nobody's.
class Unprivileged {
 public:
  explicit Unprivileged(const std::vector<fs::path>& folders) {
    if (::geteuid() != 0) return;
    for (const fs::path& folder : folders) REQUIRE(::chown(folder.c_str(), kNobody, kNobody) == 0);
    REQUIRE(::seteuid(kNobody) == 0);
  }
  ~Unprivileged() {
    if (::getuid() == 0) static_cast<void>(::seteuid(0));
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  static constexpr uid_t kNobody = 65'534;
};

// A run's two folders.
struct Folders {
  Folders() {
    fs::create_directory(temp);
    fs::create_directory(shards);
  }
  TempDir dir;
  fs::path temp = dir.path() / "temp";
  fs::path shards = dir.path() / "shards";
  fs::path target = shards / "a.h5";
};

}  // namespace

TEST_CASE("a new file is published whole and leaves no temporary", "[base][files]") {
  const Folders run;
  CHECK(publish_new(run.temp, run.target, bytes_of("hello")) == Published::created);
  CHECK(read_text(run.target, 100) == "hello");
  CHECK(fs::is_empty(run.temp));
  CHECK((fs::status(run.target).permissions() & fs::perms::others_all) == fs::perms::none);
  CHECK(publish_new(run.temp, run.shards / "empty", {}) == Published::created);
  CHECK(fs::file_size(run.shards / "empty") == 0);
}

TEST_CASE("publishing the same bytes again is a success", "[base][files]") {
  const Folders run;
  const std::string big(300'000, 'x');
  CHECK(publish_new(run.temp, run.target, bytes_of(big)) == Published::created);
  CHECK(publish_new(run.temp, run.target, bytes_of(big)) == Published::already_there);
  CHECK(fs::is_empty(run.temp));
}

TEST_CASE("other bytes under the name are a conflict and stay untouched", "[base][files]") {
  const Folders run;
  const std::string there = GENERATE(values<std::string>({"", "hell", "hello!", "jello"}));
  static_cast<void>(run.dir.file("shards/a.h5", there));
  CHECK_THROWS_WITH(
      publish_new(run.temp, run.target, bytes_of("hello")),
      run.target.string() + ": found other bytes under this name, expected none or the same");
  CHECK(read_text(run.target, 100) == there);
  CHECK(fs::is_empty(run.temp));
}

TEST_CASE("a link or folder under the name is a conflict", "[base][files]") {
  const Folders run;
  static_cast<void>(run.dir.file("elsewhere", "hello"));
  if (GENERATE(true, false))
    fs::create_symlink(run.dir.path() / "elsewhere", run.target);
  else
    fs::create_directory(run.target);
  CHECK_THROWS_WITH(publish_new(run.temp, run.target, bytes_of("hello")),
                    TALLY_CONTAINS("found other bytes under this name"));
}

TEST_CASE("a missing folder is an I/O error that names it", "[base][files]") {
  const Folders run;
  const fs::path missing = run.dir.path() / "none";
  CHECK_THROWS_WITH(publish_new(missing, run.target, bytes_of("x")),
                    TALLY_CONTAINS(missing.string() + "/a.h5.") &&
                        TALLY_CONTAINS("create: No such file or directory"));
  CHECK_THROWS_WITH(publish_new(run.temp, missing / "a", bytes_of("x")),
                    (missing / "a").string() + ": rename: No such file or directory");
  CHECK(fs::is_empty(run.temp));
}

TEST_CASE("a full disk is an I/O error, and nothing has the final name", "[base][files]") {
  const Folders run;
  const std::string big(300'000, 'x');
  {
    const SmallFiles limit(64 * 1024);
    try {
      static_cast<void>(publish_new(run.temp, run.target, bytes_of(big)));
      FAIL("published beyond the limit");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::io);
      CHECK_THAT(error.what(), TALLY_CONTAINS("write: File too large"));
    }
    CHECK_FALSE(replace_quickly(run.shards / "progress", big));
  }
  CHECK(fs::is_empty(run.shards));
  CHECK(fs::is_empty(run.temp));
  CHECK(publish_new(run.temp, run.target, bytes_of(big)) == Published::created);
}

TEST_CASE("a folder without write permission is an I/O error", "[base][files]") {
  const Folders run;
  fs::permissions(run.shards, fs::perms::owner_read | fs::perms::owner_exec);
  {
    const Unprivileged nobody({run.dir.path(), run.temp, run.shards});
    CHECK_THROWS_WITH(publish_new(run.temp, run.target, bytes_of("x")),
                      run.target.string() + ": rename: Permission denied");
    CHECK(fs::is_empty(run.temp));
  }
  fs::permissions(run.shards, fs::perms::owner_all);
}

TEST_CASE("of many writers of one name one creates it and the others find it", "[base][files]") {
  const Folders run;
  std::vector<Published> results(8);
  std::vector<std::thread> threads;
  for (Published& result : results)
    threads.emplace_back([&] { result = publish_new(run.temp, run.target, bytes_of("the same")); });
  for (std::thread& thread : threads) thread.join();
  CHECK(std::count(results.begin(), results.end(), Published::created) == 1);
  CHECK(fs::is_empty(run.temp));
}

TEST_CASE("replacing puts the new bytes in place in one step", "[base][files]") {
  const Folders run;
  publish_replace(run.temp, run.target, "one");
  publish_replace({}, run.target, "two");
  CHECK(read_text(run.target, 100) == "two");
  CHECK(replace_quickly(run.target, "three"));
  CHECK(read_text(run.target, 100) == "three");
  CHECK_FALSE(replace_quickly(run.dir.path() / "none" / "a", "x"));
  CHECK(std::distance(fs::directory_iterator(run.shards), fs::directory_iterator()) == 1);
  CHECK(fs::is_empty(run.temp));
}

TEST_CASE("a name of 255 characters can be published", "[base][files]") {
  const Folders run;
  CHECK(publish_new(run.temp, run.shards / std::string(255, 'n'), bytes_of("x")) ==
        Published::created);
}

TEST_CASE("reading is bounded, and only regular files are read", "[base][files]") {
  const TempDir dir;
  const auto file = dir.file("a", "12345");
  CHECK(read_text(file, 5) == "12345");
  CHECK(read_bytes(file, 5).size() == 5);
  CHECK(read_text(dir.file("b", ""), 0).empty());
  CHECK_THROWS_WITH(read_text(file, 4), file.string() + ": found 5 bytes, expected at most 4");
  CHECK_THROWS_WITH(read_text(dir.path() / "none", 4),
                    (dir.path() / "none").string() + ": open: No such file or directory");
  CHECK_THROWS_WITH(read_text(dir.path(), 4),
                    dir.path().string() + ": found no regular file, expected one");
  const auto fifo = dir.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_text(fifo, 4), fifo.string() + ": found no regular file, expected one");
}

TEST_CASE("a path that cannot be synced is an I/O error", "[base][files]") {
  const TempDir dir;
  CHECK_NOTHROW(sync_path(dir.path()));
  CHECK_THROWS_WITH(sync_path(dir.path() / "none"),
                    (dir.path() / "none").string() + ": open: No such file or directory");
}
