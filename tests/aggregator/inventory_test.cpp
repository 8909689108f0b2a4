#include "aggregator/inventory.hpp"

#include <atomic>
#include <thread>

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

TEST_CASE("nothing is missed while shards are folded", "[aggregator]") {
  // So many that one listing takes several reads of the folder, between which a fold fits.
  constexpr std::uint64_t kOthers = 1500;
  const TestRun test(make_plan(kOthers + 100, 1));
  const auto put = [&](const std::string& items, std::uint32_t sequence) {
    return put_fake_shard(test.run.shards(), fake_header(test.plan.digest(), items), sequence);
  };
  for (std::uint32_t i = 0; i < kOthers; ++i) put(std::to_string(100 + i), i);
  std::atomic<bool> done{false};
  fs::path whole = put("0-99", kOthers);
  std::thread folder([&] {
    std::uint32_t sequence = kOthers;
    while (!done) {
      const fs::path next = put("0-99", ++sequence);  // published before the other is removed
      fs::remove(std::exchange(whole, next));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // or no listing would ever do
    }
  });
  int incomplete = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<Interval> found;
    for (const ListedShard& shard : list_shards(test.run, test.plan).shards) {
      const auto& items = shard.header.items.intervals();
      found.insert(found.end(), items.begin(), items.end());
    }
    if (IntervalSet::of(std::move(found)).size() != kOthers + 100) ++incomplete;
  }
  done = true;
  folder.join();
  CHECK(incomplete == 0);
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
