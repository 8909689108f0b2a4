#include "worker/committer.hpp"

#include <signal.h>
#include <sys/resource.h>

#include <atomic>

#include "allocation_limit.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/plan/coverage.hpp"
#include "core/shard/hdf5.hpp"
#include "fakes.hpp"
#include "temp_dir.hpp"

using namespace std::chrono_literals;
using tally::Record;
using tally::RunDir;
using tally::worker::Committer;
using tally::worker::CommitterOptions;
using tally::worker::Counters;

namespace {

/// A run directory and what a committer needs.
struct Fixture {
  TempDir dir;
  tally::Plan plan = fakes::plan(1000, 100);
  RunDir run = RunDir::create(dir.path() / "run", plan, "version: 1\n");
  Counters counters;

  Fixture() { tally::start_hdf5(); }
  [[nodiscard]] std::string recorded() const {
    return tally::read_coverage(run, plan.digest(), tally::Trust::digests).recorded.text();
  }
};

CommitterOptions lazy() { return {.interval = 1h}; }

std::vector<Record> some_records(tally::Ordinal begin, tally::Ordinal end,
                                 const std::string& text) {
  std::vector<Record> records(end - begin);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].ordinal = begin + i;
    records[i].outcome = tally::Outcome::scored;
    records[i].score = 1.0;
    records[i].texts[0] = text;
  }
  return records;
}

void wait_until(const std::function<bool()>& done) {
  while (!done()) std::this_thread::sleep_for(1ms);  // ctest ends what never comes
}

/// A full disk for whoever writes more than `bytes` into one file.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("flush commits everything and acknowledges it", "[worker][committer]") {
  Fixture f;
  Committer committer(f.run, fakes::origin(f.plan), lazy(), f.counters, {});
  const auto group = committer.group({});
  committer.add(group, some_records(0, 10, "a"));
  committer.add(group, some_records(20, 30, "b"));
  CHECK(f.counters.snapshot().committed == 0);
  CHECK(committer.flush());
  CHECK(f.counters.snapshot().committed == 20);
  CHECK(f.recorded() == "0-9,20-29");
  CHECK(fakes::shard_count(f.run) == 1);
  CHECK(committer.flush());  // nothing waits: no empty shard
  CHECK(fakes::shard_count(f.run) == 1);
}

TEST_CASE("records are committed when the interval has passed", "[worker][committer]") {
  Fixture f;
  Committer committer(f.run, fakes::origin(f.plan), {.interval = 20ms}, f.counters, {});
  committer.add(committer.group({}), some_records(0, 3, "a"));
  wait_until([&] { return f.counters.snapshot().committed == 3; });
  CHECK(f.recorded() == "0-2");
}

TEST_CASE("records are committed when enough of them wait", "[worker][committer]") {
  Fixture f;
  Committer committer(f.run, fakes::origin(f.plan), {.interval = 1h, .records = 5}, f.counters, {});
  const auto group = committer.group({});
  committer.add(group, some_records(0, 4, "a"));
  committer.add(group, some_records(4, 6, "a"));
  wait_until([&] { return f.counters.snapshot().committed == 6; });
  CHECK(f.recorded() == "0-5");
}

TEST_CASE("records are committed when they take enough memory", "[worker][committer]") {
  Fixture f;
  Committer committer(f.run, fakes::origin(f.plan), {.interval = 1h, .bytes = 10'000}, f.counters,
                      {});
  committer.add(committer.group({}), some_records(0, 2, std::string(6'000, 'x')));
  wait_until([&] { return f.counters.snapshot().committed == 2; });
}

TEST_CASE("a stop commits at once, and also what comes after it", "[worker][committer]") {
  Fixture f;
  Committer committer(f.run, fakes::origin(f.plan), lazy(), f.counters, {});
  const auto group = committer.group({});
  committer.add(group, some_records(0, 4, "a"));
  committer.hurry();
  wait_until([&] { return f.counters.snapshot().committed == 4; });
  committer.add(group, some_records(4, 8, "a"));
  wait_until([&] { return f.counters.snapshot().committed == 8; });
  CHECK(f.recorded() == "0-7");
}

TEST_CASE("records with other metric columns go to a shard of their own", "[worker][committer]") {
  Fixture f;
  Committer committer(f.run, fakes::origin(f.plan), lazy(), f.counters, {});
  const auto plain = committer.group({});
  const auto lucky = committer.group({"luck"});
  CHECK(committer.group({"luck"}) == lucky);
  committer.add(plain, some_records(0, 4, "a"));
  std::vector<Record> with_luck = some_records(4, 8, "b");
  for (Record& record : with_luck) record.metrics = {0.5F};
  committer.add(lucky, with_luck);
  CHECK(committer.flush());
  CHECK(fakes::shard_count(f.run) == 2);
  CHECK(f.counters.snapshot().committed == 8);
  const auto records = fakes::records(f.run);
  REQUIRE(records.size() == 8);
  CHECK(records[3].metrics.empty());
  CHECK(records[4].metrics == std::vector<float>{0.5F});
}

TEST_CASE("many small shards become one with the same records", "[worker][committer]") {
  Fixture f;
  {
    Committer committer(f.run, fakes::origin(f.plan), {.interval = 1h, .fold_count = 4}, f.counters,
                        {});
    const auto group = committer.group({});
    for (tally::Ordinal i = 0; i < 10; ++i) {
      committer.add(group,
                    some_records(10 * i, 10 * i + 10, std::string(1, static_cast<char>('a' + i))));
      committer.flush();
    }
  }  // the commit thread ends after its last fold
  // Four become one, which with the next three becomes one, and so does the tenth's group.
  CHECK(fakes::shard_count(f.run) == 1);
  CHECK(f.recorded() == "0-99");
  const auto records = fakes::records(f.run);
  REQUIRE(records.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(records[i].texts[0] == std::string(1, static_cast<char>('a' + i / 10)));
  }
}

TEST_CASE("a fold takes no more records into memory than it may", "[worker][committer]") {
  Fixture f;
  constexpr std::size_t kText = 10'000;
  {
    // Ten records of text a shard, so two of these fit and the folded one is no longer small. The
    // text packs to next to nothing.
    Committer committer(f.run, fakes::origin(f.plan),
                        {.interval = 1h, .fold_count = 4, .fold_bytes = 25 * kText}, f.counters,
                        {});
    const auto group = committer.group({});
    for (tally::Ordinal i = 0; i < 8; ++i) {
      committer.add(group, some_records(10 * i, 10 * i + 10, std::string(kText, 'x')));
      committer.flush();
    }
  }
  CHECK(f.recorded() == "0-79");
  // 4 become 2 small and a folded one; so do the next two, and the next.
  CHECK(fakes::shard_count(f.run) == 5);
}

TEST_CASE("large shards are not folded, however well they pack", "[worker][committer]") {
  Fixture f;
  {
    Committer committer(f.run, fakes::origin(f.plan),
                        {.interval = 1h, .fold_count = 2, .fold_bytes = 100'000}, f.counters, {});
    const auto group = committer.group({});
    for (tally::Ordinal i = 0; i < 5; ++i) {
      committer.add(group, some_records(i, i + 1, std::string(60'000, 'x')));
      committer.flush();
    }
  }
  CHECK(fakes::shard_count(f.run) == 5);
}

TEST_CASE("a fold that fails costs nothing but a try later", "[worker][committer]") {
  Fixture f;
  const std::string text(100'000, 'x');
  {
    Committer committer(f.run, fakes::origin(f.plan), {.interval = 1h, .fold_count = 4}, f.counters,
                        {});
    const auto group = committer.group({});
    const auto commit = [&](tally::Ordinal i) {
      committer.add(group, some_records(i, i + 1, text));
      committer.flush();
    };
    for (tally::Ordinal i = 0; i < 3; ++i) commit(i);
    allocation_limit::largest = 300'000;  // enough for a commit, not for the texts of four
    commit(3);
    commit(4);  // comes after the fold
    allocation_limit::largest = SIZE_MAX;
    if (allocation_limit::kWorks) CHECK(fakes::shard_count(f.run) == 5);
    for (tally::Ordinal i = 5; i < 9; ++i) commit(i);
  }
  CHECK(f.recorded() == "0-8");
  // The first eight became one.
  if (allocation_limit::kWorks) CHECK(fakes::shard_count(f.run) == 2);
}

TEST_CASE("nothing is folded after a stop", "[worker][committer]") {
  Fixture f;
  {
    Committer committer(f.run, fakes::origin(f.plan), {.interval = 1h, .fold_count = 2}, f.counters,
                        {});
    const auto group = committer.group({});
    committer.hurry();
    for (tally::Ordinal i = 0; i < 4; ++i) {
      committer.add(group, some_records(i, i + 1, "a"));
      committer.flush();
    }
  }
  CHECK(fakes::shard_count(f.run) == 4);
}

TEST_CASE("a full disk is an error, once, and leaves earlier shards intact",
          "[worker][committer]") {
  Fixture f;
  std::atomic<int> failures{0};
  Committer committer(f.run, fakes::origin(f.plan), lazy(), f.counters, [&] { ++failures; });
  const auto group = committer.group({});
  committer.add(group, some_records(0, 10, "a"));
  committer.flush();
  {
    const SmallFiles limit(4096);
    committer.add(group, some_records(10, 5000, "b"));
    CHECK_THROWS_AS(committer.flush(), tally::Error);
  }
  try {
    committer.add(group, some_records(5000, 5001, "c"));
    FAIL("a failed committer took records");
  } catch (const tally::Error& error) {
    CHECK(error.code() == tally::Errc::io);
  }
  wait_until([&] { return failures == 1; });
  CHECK(f.counters.snapshot().committed == 10);
  CHECK(f.recorded() == "0-9");
  CHECK(std::filesystem::is_empty(f.run.temp()));
}
