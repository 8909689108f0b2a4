#include "core/plan/coverage.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "fake_shard.hpp"
#include "sample_plan.hpp"
#include "temp_dir.hpp"

namespace {
int failing_reads = 0;              // the errno of each read(2); 0: they succeed
std::function<void()> before_read;  // called by every read(2)
}  // namespace

// In place of the C library's, for the whole program.
extern "C" ssize_t read(int fd, void* buffer, std::size_t size) {
  if (before_read) before_read();
  if (failing_reads == 0) return ::syscall(SYS_read, fd, buffer, size);
  errno = failing_reads;
  return -1;
}

namespace fs = std::filesystem;
using tally::Coverage;
using tally::IntervalSet;
using tally::RunDir;
using tally::ShardHeader;
using tally::Trust;

namespace {

struct Run {
  TempDir dir;
  tally::Plan plan = small_plan(10, 10);
  RunDir run = RunDir::create(dir.path() / "run", plan, "");
  std::uint32_t sequence = 0;

  fs::path put(const std::string& items, const std::vector<tally::FailedItems>& failed = {}) {
    ShardHeader header = fake_header(plan.digest(), items);
    header.failed = failed;
    return put_fake_shard(run.shards(), header, sequence++);
  }
  [[nodiscard]] Coverage read(Trust trust = Trust::digests) const {
    return tally::read_coverage(run, plan.digest(), trust);
  }
};

IntervalSet set(const char* text) { return IntervalSet::parse(text); }

void overwrite(const fs::path& file, std::streamoff at, char byte) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream.put(byte);
}

}  // namespace

TEST_CASE("coverage is the union of the shards", "[coverage]") {
  Run run;
  CHECK(run.read().recorded.empty());
  CHECK(run.read().to_do(run.plan).text() == "0-99");
  const auto bytes = fs::file_size(run.put("0-9,40-49")) + fs::file_size(run.put("5-15"));
  const Coverage coverage = run.read();
  CHECK(coverage.recorded.text() == "0-15,40-49");
  CHECK(coverage.to_do(run.plan).text() == "16-39,50-99");
  CHECK(coverage.given_up(run.plan).empty());
  CHECK(coverage.shards == 2);
  CHECK(coverage.bytes == bytes);
  CHECK(coverage.bad.empty());
}

TEST_CASE("a counted record anywhere beats failures, then the latest try counts", "[coverage]") {
  Run run;
  run.put("0-9", {{3, 1, set("0-3")}, {4, 1, set("4-6")}});
  run.put("1,5", {});
  run.put("2,6", {{3, 2, set("2")}, {4, 3, set("6")}});
  const Coverage coverage = run.read();
  CHECK(coverage.recorded.text() == "0-9");
  REQUIRE(coverage.failed.size() == 4);
  CHECK(coverage.failed[0].items.text() == "0,3");
  CHECK(coverage.failed[1].items.text() == "2");
  CHECK(coverage.failed[2].items.text() == "4");
  CHECK(coverage.failed[3].items.text() == "6");
  CHECK(coverage.next_attempt(0) == 2);
  CHECK(coverage.next_attempt(1) == 1);
  CHECK(coverage.next_attempt(2) == 3);
  CHECK(coverage.next_attempt(6) == 4);
  CHECK(coverage.next_attempt(99) == 1);
  CHECK(coverage.to_do(run.plan).text() == "0,2-4,10-99");  // 6 has no try left
  CHECK(coverage.given_up(run.plan).text() == "6");
}

TEST_CASE("outcomes that the config does not retry are given up", "[coverage]") {
  Run run;
  run.put("0-99", {{3, 1, set("1")}, {4, 1, set("2")}});
  const Coverage coverage = run.read();
  run.plan.retry.on_generation_error = false;
  CHECK(coverage.to_do(run.plan).text() == "2");
  CHECK(coverage.given_up(run.plan).text() == "1");
  run.plan.retry.on_infra_error = false;
  CHECK(coverage.to_do(run.plan).empty());
  CHECK(coverage.given_up(run.plan).text() == "1-2");
}

TEST_CASE("shards that cannot be trusted are listed, never counted", "[coverage]") {
  Run run;
  run.put("0-9");
  const fs::path file = run.put("10-19");
  std::string reason;
  SECTION("a byte of the header") {
    overwrite(file, 30, '!');
    reason = file.string() + ": plan: found '";
  }
  SECTION("a byte behind the header") {
    overwrite(file, 515, '!');
    reason = file.string() + ": digest: found ";
  }
  SECTION("another plan") {
    fs::remove(file);
    ShardHeader header = fake_header(tally::sha256("other"), "10-19");
    const auto foreign = put_fake_shard(run.run.shards(), header, 9);
    reason = foreign.string() + ": plan: found " + tally::sha256("other").short_hex() +
             ", expected " + run.plan.digest().short_hex();
  }
  SECTION("a name of another element") {
    auto name = *tally::ShardName::parse(file.filename().string());
    name.element = tally::ElementId(5);
    fs::rename(file, run.run.shards() / name.text());
    reason = (run.run.shards() / name.text()).string() +
             ": header: found element 0, rank 0, attempt 1, expected those of the name";
  }
  SECTION("no shard at all") {
    fs::rename(file, run.run.shards() / "notes.txt");
    reason = "found no shard name, expected e<5>-r<3>-a<4>-s<4>.<16 hex>.h5";
  }
  SECTION("cut short") {
    fs::resize_file(file, 300);
    reason = file.string() + ": block: found 300 bytes, expected 512";
  }
  SECTION("a link") {
    fs::rename(file, run.dir.path() / "elsewhere");
    fs::create_symlink(run.dir.path() / "elsewhere", file);
    reason = file.string() + ": open: Too many levels of symbolic links";
  }
  const Coverage coverage = run.read();
  CHECK(coverage.recorded.text() == "0-9");
  CHECK(coverage.shards == 1);
  REQUIRE(coverage.bad.size() == 1);
  CHECK_THAT(coverage.bad[0].reason, TALLY_CONTAINS(reason));
}

TEST_CASE("a whole shard of a newer version is refused: its items are done", "[coverage]") {
  Run run;
  const fs::path old = run.put("0-9");
  std::string bytes = tally::read_text(old, 1 << 20);
  const auto at = bytes.find("tally-shard 1");
  REQUIRE(at != std::string::npos);
  bytes.replace(at, 13, "tally-shard 2");
  auto name = *tally::ShardName::parse(old.filename().string());
  name.digest = tally::sha256(bytes).short_hex();
  const fs::path newer = run.run.shards() / name.text();
  std::ofstream(newer, std::ios::binary) << bytes;
  CHECK_THROWS_WITH(static_cast<void>(run.read()),
                    newer.string() + ": version: found 2, expected at most 1");
  overwrite(newer, 300, '!');  // no longer whole: damage
  const Coverage coverage = run.read();
  CHECK(coverage.bad.size() == 1);
  CHECK(coverage.recorded.text() == "0-9");
}

TEST_CASE("a shard that cannot be read now is an error, not damage", "[coverage]") {
  Run run;
  const fs::path file = run.put("0-9");
  failing_reads = EIO;
  try {
    static_cast<void>(run.read());
    FAIL_CHECK("counted");
  } catch (const tally::Error& error) {
    CHECK(error.what() == file.string() + ": read: Input/output error");
    CHECK(error.code() == tally::Errc::io);
  }
  failing_reads = 0;
  CHECK(run.read().recorded.text() == "0-9");
}

TEST_CASE("only shards that meet the wanted ordinals are hashed", "[coverage]") {
  Run run;
  overwrite(run.put("0-9"), 515, '!');
  run.put("10-19");
  const IntervalSet far = set("10-99");
  const IntervalSet near = set("9");
  const tally::Digest plan = run.plan.digest();
  CHECK(tally::read_coverage(run.run, plan, Trust::digests, &far).recorded.text() == "0-19");
  CHECK(tally::read_coverage(run.run, plan, Trust::digests, &near).recorded.text() == "10-19");
  CHECK(run.read(Trust::headers).recorded.text() == "0-19");
}

TEST_CASE("a folder that cannot be listed is an error", "[coverage]") {
  const TempDir dir;
  const RunDir run(dir.path());
  CHECK_THROWS_WITH(tally::read_coverage(run, tally::Digest{}, Trust::headers),
                    run.shards().string() + ": list: No such file or directory");
}

TEST_CASE("ranks that commit all the time do not keep coverage from ending", "[coverage]") {
  Run run;
  run.put("0-9");
  before_read = [&] { run.put("10-19"); };  // another one whenever something is read
  const Coverage coverage = run.read(Trust::headers);
  before_read = {};
  CHECK(coverage.recorded.text() == "0-19");
  CHECK(coverage.shards == run.sequence - 1);  // all but the one of the last reading
  CHECK(run.sequence < 5);
}

TEST_CASE("coverage is that of the last of many folds", "[coverage]") {
  Run run;
  fs::path whole = run.put("0-99");
  before_read = [&] {  // what was listed is always gone when it has been read
    if (run.sequence < 30) fs::remove(std::exchange(whole, run.put("0-99")));
  };
  const Coverage coverage = run.read(Trust::headers);
  before_read = {};
  CHECK(run.sequence == 30);
  CHECK(coverage.recorded.text() == "0-99");
  CHECK(coverage.shards == 1);
}

TEST_CASE("coverage never shrinks while shards are folded", "[coverage]") {
  constexpr int kFolds = 150;
  constexpr int kFoldsPerRead = 4;  // or no reader would ever finish
  Run run;
  std::vector<fs::path> small;
  for (int i = 0; i < 20; ++i) {
    small.push_back(run.put(std::to_string(5 * i) + "-" + std::to_string(5 * i + 4)));
  }
  std::atomic<int> reads{0};
  std::atomic<bool> done{false};
  std::thread folder([&] {
    // Always in this order: the new shard is published, then those it replaces are removed.
    fs::path whole = run.put("0-99");
    for (const fs::path& file : small) fs::remove(file);
    for (int fold = 0; fold < kFolds; ++fold) {
      while (fold / kFoldsPerRead > reads) std::this_thread::yield();
      const fs::path next = run.put("0-99");
      fs::remove(std::exchange(whole, next));
    }
    done = true;
  });
  int incomplete = 0;
  for (; !done; ++reads) incomplete += run.read(Trust::headers).recorded.size() == 100 ? 0 : 1;
  folder.join();
  CHECK(incomplete == 0);
  CHECK(run.read().shards == 1);
  CHECK(run.read().recorded.size() == 100);
}
