#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "batches.hpp"
#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/shard/shard_writer.hpp"

namespace tally {
namespace {

/// While it lives, files cannot grow past `bytes`: a full disk without being root.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_CASE("a full disk leaves nothing behind and the batch can be committed later",
          "[shard][commit]") {
  std::mt19937_64 random(3);
  RecordBatch batch = random_batch(random, {.rows = 100, .metrics = 1});
  const std::string before = print(batch);
  const TestRun run;
  {
    const SmallFiles limit(4096);
    CHECK_THROWS_WITH(commit_shard(run.get(), test_origin(), 0, batch),
                      TALLY_CONTAINS("File too large"));
  }
  CHECK(run.names().empty());
  CHECK(std::filesystem::is_empty(run.get().temp()));
  CHECK(print(batch) == before);
  const std::string name = commit_shard(run.get(), test_origin(), 0, batch).name;
  CHECK(print(run.read(name)) == before);
}

TEST_CASE("folding keeps every record and removes what it folded", "[shard][fold]") {
  const auto seed = GENERATE(range(0U, 10U));
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TestRun run;
  RecordBatch all;
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < 5; ++i) {
    RecordBatch batch = random_batch(
        random, {.rows = 1 + random() % 50, .metrics = 2, .first = 100'000ULL * ((i * 3) % 5)});
    all.append(batch);
    names.push_back(commit_shard(run.get(), test_origin(), i, batch).name);
  }
  all.normalise();
  const CommittedShard folded = fold_shards(run.get(), test_origin(), 5, names);
  CHECK(folded.records == all.size());
  CHECK(run.names() == std::vector<std::string>{folded.name});
  CHECK(print(run.read(folded.name)) == print(all));
}

TEST_CASE("folding again changes nothing, also onto the same name", "[shard][fold]") {
  const TestRun run;
  RecordBatch one = batch_of({plain_record(1)});
  RecordBatch two = batch_of({plain_record(2)});
  const std::vector<std::string> names{commit_shard(run.get(), test_origin(), 0, one).name,
                                       commit_shard(run.get(), test_origin(), 1, two).name};
  const std::string folded = fold_shards(run.get(), test_origin(), 2, names).name;
  CHECK(fold_shards(run.get(), test_origin(), 2, names).name.empty());  // they are gone
  CHECK(fold_shards(run.get(), test_origin(), 2, {folded}).name == folded);
  CHECK(run.names() == std::vector<std::string>{folded});
  one.append(two);
  CHECK(print(run.read(folded)) == print(one));
}

TEST_CASE("a fold cut off before it removed anything is finished by the next", "[shard][fold]") {
  const TestRun run;
  RecordBatch one = batch_of({plain_record(1)});
  RecordBatch two = batch_of({plain_record(2)});
  std::vector<std::string> names{commit_shard(run.get(), test_origin(), 0, one).name,
                                 commit_shard(run.get(), test_origin(), 1, two).name};
  RecordBatch united = one;
  united.append(two);
  names.push_back(commit_shard(run.get(), test_origin(), 2, united).name);
  const std::string folded = fold_shards(run.get(), test_origin(), 3, names).name;
  CHECK(run.names() == std::vector<std::string>{folded});
  CHECK(print(run.read(folded)) == print(united));
}

TEST_CASE("of two shards with one ordinal the fold keeps the winner", "[shard][fold]") {
  const TestRun run;
  Record failed = plain_record(1);
  failed.outcome = Outcome::infra_error;
  failed.attempt = 3;
  Record scored = plain_record(1);
  scored.attempt = 2;
  Record other = plain_record(2);
  other.seconds = 1.0F;
  RecordBatch first = batch_of({scored, other});
  other.seconds = 2.0F;
  RecordBatch second = batch_of({failed, other});
  const std::vector<std::string> names{commit_shard(run.get(), test_origin(), 1, second).name,
                                       commit_shard(run.get(), test_origin(), 0, first).name};
  const std::string folded = fold_shards(run.get(), test_origin(), 2, names).name;
  CHECK(print(run.read(folded)) == print(first));
}

TEST_CASE("a fold keeps both of two counted records that differ", "[shard][fold]") {
  const TestRun run;
  Record other = plain_record(2);
  const int how = GENERATE(0, 1, 2, 3);
  CAPTURE(how);
  if (how == 0) other.score += 1.0;
  if (how == 1) other.texts[0] += "!";
  if (how == 2) other.texts[1] += "!";
  if (how == 3) {
    other.outcome = Outcome::no_answer;
    other.score = 0.0;
  }
  RecordBatch one = batch_of({plain_record(1), plain_record(2)});
  RecordBatch two = batch_of({other, plain_record(3)});
  RecordBatch three = batch_of({plain_record(1), plain_record(4)});  // a duplicate only
  const std::string first = commit_shard(run.get(), test_origin(), 0, one).name;
  const std::string second = commit_shard(run.get(), test_origin(), 1, two).name;
  const std::string third = commit_shard(run.get(), test_origin(), 2, three).name;
  const CommittedShard folded = fold_shards(run.get(), test_origin(), 3, {first, second, third});
  CHECK(folded.records == 3);
  CHECK(run.names() == std::vector<std::string>{second, folded.name});
  CHECK(print(run.read(second)) == print(two));
}

TEST_CASE("a fold that is stopped writes and removes nothing", "[shard][fold]") {
  const TestRun run;
  RecordBatch one = batch_of({plain_record(1)});
  RecordBatch two = batch_of({plain_record(2)});
  const std::vector<std::string> names{commit_shard(run.get(), test_origin(), 0, one).name,
                                       commit_shard(run.get(), test_origin(), 1, two).name};
  const int asked_before_stop = GENERATE(0, 1, 2);
  int asked = 0;
  const auto stopped = [&] { return asked++ >= asked_before_stop; };
  CHECK(fold_shards(run.get(), test_origin(), 2, names, stopped).name.empty());
  CHECK(run.names() == names);
}

TEST_CASE("shards that are damaged or of another plan are left alone", "[shard][fold]") {
  const TestRun run;
  RecordBatch good = batch_of({plain_record(1)});
  RecordBatch bad = batch_of({plain_record(2)});
  RecordBatch foreign = batch_of({plain_record(3)});
  ShardOrigin other_plan = test_origin();
  other_plan.plan = sha256(std::string_view("another plan"));
  const std::string good_name = commit_shard(run.get(), test_origin(), 0, good).name;
  const std::string bad_name = commit_shard(run.get(), test_origin(), 1, bad).name;
  const std::string foreign_name = commit_shard(run.get(), other_plan, 2, foreign).name;
  std::filesystem::resize_file(run.get().shards() / bad_name, 600);

  const CommittedShard folded =
      fold_shards(run.get(), test_origin(), 3, {good_name, bad_name, foreign_name});
  CHECK(folded.records == 1);
  std::vector<std::string> expected{bad_name, foreign_name, folded.name};
  std::sort(expected.begin(), expected.end());
  CHECK(run.names() == expected);
}

}  // namespace
}  // namespace tally
