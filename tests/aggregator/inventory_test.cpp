#include "aggregator/inventory.hpp"

#include <dirent.h>
#include <dlfcn.h>

#include <cerrno>
#include <functional>
#include <string_view>

#include "../core/plan/fake_shard.hpp"
#include "aggregator/aggregate.hpp"
#include "aggregator/quarantine.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "run_fixture.hpp"

using namespace tally;
using namespace tally::aggregator;
namespace fs = std::filesystem;

namespace {

/// What the program sees of folders.
struct Folder {
  int listings = 0;                             ///< Read to the end so far.
  std::function<bool(std::string_view)> hides;  ///< Whether an entry is passed over.
};
Folder folder;

}  // namespace

// In place of the C library's, for the whole program.
extern "C" dirent* readdir(DIR* directory) {
  static const auto real = reinterpret_cast<dirent* (*)(DIR*)>(::dlsym(RTLD_NEXT, "readdir"));
  dirent* entry = real(directory);
  const int error = errno;  // at the end of a folder it is what tells success from failure
  while (entry != nullptr && folder.hides && folder.hides(entry->d_name)) {
    errno = error;
    entry = real(directory);
  }
  if (entry == nullptr) ++folder.listings;
  return entry;
}

namespace {

const ShardChannel kSilent(-1);

/// A whole shard of `version`: its digest is that of its name.
fs::path put_version(const TestRun& test, const std::string& version) {
  std::string bytes = fake_bytes(fake_header(test.plan.digest(), "5-9"));
  bytes.replace(bytes.find("tally-shard 1"), 13, "tally-shard " + version);
  const ShardName name{{}, RankId(7), AttemptId(1), 0, sha256(bytes).short_hex()};
  const fs::path file = test.run.shards() / name.text();
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

}  // namespace

TEST_CASE("a whole shard of a newer version is refused, and nothing is moved", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  const auto good = test.commit({scored(0, 1)});
  std::ofstream(test.run.shards() / "damaged.h5") << "x";
  const fs::path newer = put_version(test, "2");
  try {
    aggregate_run(test.run, kSilent);
    FAIL("merged");
  } catch (const Error& error) {
    CHECK(error.what() == newer.string() + ": version: found 2, expected at most 1");
    CHECK(error.code() == Errc::data);
  }
  CHECK(fs::exists(newer));
  CHECK(fs::exists(test.run.shards() / good));
  CHECK(fs::exists(test.run.shards() / "damaged.h5"));
  CHECK_FALSE(fs::exists(test.current()));
}

TEST_CASE("version 0 is no newer one, but damage", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  test.commit({scored(0, 1)});
  put_version(test, "0");
  const Inventory inventory = list_shards(test.run, test.plan);
  CHECK(inventory.shards.size() == 1);
  REQUIRE(inventory.bad.size() == 1);
  CHECK_THAT(inventory.bad[0].reason, TALLY_CONTAINS("found version 0, expected at least 1"));
}

TEST_CASE("a version that a flipped bit made is damage", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  const auto name = test.commit({scored(0, 1)});
  std::fstream(test.run.shards() / name, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(12)
      .put('3');
  const Inventory inventory = list_shards(test.run, test.plan);
  CHECK(inventory.shards.empty());
  REQUIRE(inventory.bad.size() == 1);
  CHECK_THAT(inventory.bad[0].reason, TALLY_CONTAINS("version: found 3, expected at most 1"));
}

TEST_CASE("a link in place of a shard is no shard", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  const auto name = test.commit({scored(0, 1)});
  fs::rename(test.run.shards() / name, test.dir.path() / "elsewhere");
  fs::create_symlink(test.dir.path() / "elsewhere", test.run.shards() / name);
  CHECK(list_shards(test.run, test.plan).bad.size() == 1);
}

TEST_CASE("a fold that a listing half saw is seen by the next", "[aggregator]") {
  const TestRun test(make_plan(200, 1));
  const auto put = [&](const std::string& items, std::uint32_t sequence) {
    return put_fake_shard(test.run.shards(), fake_header(test.plan.digest(), items), sequence);
  };
  put("100-199", 0);
  const fs::path small = put("0-49", 1);
  put("50-99", 2);
  const std::string folded = put("0-99", 3).filename().string();
  folder.listings = 0;
  SECTION("the folded one came too late for the first listing, the small ones were gone") {
    fs::remove(small);
    folder.hides = [&](std::string_view name) { return folder.listings == 0 && name == folded; };
  }
  SECTION("so for the second, after the first saw the small ones") {
    folder.hides = [&](std::string_view name) {
      if (folder.listings == 0) return name == folded;
      fs::remove(small);
      return name == small.filename() || (folder.listings == 1 && name == folded);
    };
  }
  std::vector<Interval> found;
  for (const ListedShard& shard : list_shards(test.run, test.plan).shards) {
    const auto& items = shard.header.items.intervals();
    found.insert(found.end(), items.begin(), items.end());
  }
  folder.hides = {};
  CHECK(IntervalSet::of(std::move(found)).text() == "0-199");
}

TEST_CASE("ranks that commit all the time do not keep a listing from ending", "[aggregator]") {
  const TestRun test(make_plan(2000, 1));
  std::uint32_t next = 0;
  const auto put = [&] {
    put_fake_shard(test.run.shards(), fake_header(test.plan.digest(), std::to_string(next)), next);
    ++next;
  };
  put();
  folder.listings = 0;
  folder.hides = [&](std::string_view) {
    if (next <= static_cast<std::uint32_t>(folder.listings) + 1) put();  // one in every listing
    return false;
  };
  const std::size_t listed = list_shards(test.run, test.plan).shards.size();
  folder.hides = {};
  CHECK(listed >= 1);
  CHECK(next < 10);
}

TEST_CASE("quarantine replaces nothing", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  const std::string name = "e00000-r000-a0001-s0000.0123456789abcdef.h5";
  const auto put = [&](const char* bytes) { std::ofstream(test.run.shards() / name) << bytes; };
  for (const char* const bytes : {"one", "two", "three"}) {
    put(bytes);
    quarantine_shard(test.run, name, std::string("reason of ") + bytes);
  }
  const auto text = [&](const std::string& file) {
    return read_text(test.run.quarantine() / file, 100);
  };
  const std::string stem = name.substr(0, name.size() - 3);
  CHECK(text(name) == "one");
  CHECK(text(stem + ".2.h5") == "two");
  CHECK(text(stem + ".3.h5") == "three");
  CHECK(text(name + ".reason.txt") == "reason of one\n");
  CHECK(text(stem + ".3.h5.reason.txt") == "reason of three\n");
  CHECK(list_quarantine(test.run).size() == 3);
  CHECK(fs::is_empty(test.run.shards()));
}

TEST_CASE("a quarantine that cannot be listed is not taken for an empty one", "[aggregator]") {
  const TestRun test(make_plan(10, 1));
  fs::remove_all(test.run.quarantine());
  CHECK(list_quarantine(test.run).empty());
  std::ofstream(test.run.quarantine()) << "no folder";
  CHECK_THROWS_WITH(list_quarantine(test.run), TALLY_CONTAINS("quarantine: list: Not a directory"));
}
