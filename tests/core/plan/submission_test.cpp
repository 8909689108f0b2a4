#include "core/plan/submission.hpp"

#include <fstream>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/plan/progress.hpp"
#include "sample_plan.hpp"
#include "temp_dir.hpp"

using tally::IntervalSet;
using tally::Progress;
using tally::RunDir;

TEST_CASE("the newest submission is the one that counts", "[submission]") {
  const TempDir dir;
  const RunDir run = RunDir::create(dir.path() / "run", small_plan(10, 10), "");
  CHECK_THROWS_WITH(
      tally::read_last_submission(run),
      run.submit().string() + ": found no submission, expected one by `tally launch`");
  const auto first = tally::write_submission(run, IntervalSet::parse("0-99"), 3, 2, "local");
  CHECK(first.number == 1);
  CHECK(std::filesystem::exists(run.submit() / "s0001.json"));
  const auto second = tally::write_submission(run, IntervalSet::parse("5,7-8"), 2, 4, "slurm");
  CHECK(second.number == 2);
  const auto read = tally::read_last_submission(run);
  CHECK(read.number == 2);
  CHECK(read.backend == "slurm");
  CHECK(read.ranks == 4);
  REQUIRE(read.elements.size() == 2);
  CHECK(read.elements[0].text() == "5,7");
  CHECK(read.elements[1].text() == "8");
}

TEST_CASE("elements share the work evenly and completely", "[submission]") {
  const TempDir dir;
  const RunDir run = RunDir::create(dir.path() / "run", small_plan(10, 10), "");
  const IntervalSet work = IntervalSet::parse("0-49,60-69");
  static_cast<void>(tally::write_submission(run, work, 7, 1, "local"));
  IntervalSet joined;
  for (const auto& element : tally::read_last_submission(run).elements) {
    CHECK(element.size() >= 8);
    CHECK(element.size() <= 9);
    joined = joined.united(element);
  }
  CHECK(joined == work);
}

TEST_CASE("a damaged submission is refused with file and key", "[submission]") {
  struct Bad {
    const char* text;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {"", ": found no JSON at byte 1, expected tally-submission"},
      {R"({"format":"tally-submission","version":2})", ": version: found 2, expected at most 1"},
      {R"({"format":"tally-submission","version":1,"number":1,)"
       R"("backend":"local","ranks":2,"elements":["3-1"]})",
       ": elements.0: found '3-1', expected the smaller number first"},
      {R"({"format":"tally-submission","version":1,"number":1,)"
       R"("backend":"local","ranks":0,"elements":[""]})",
       ": ranks: found 0, expected at least 1"},
      {R"({"format":"tally-submission","version":1,"number":2,)"
       R"("backend":"local","ranks":1,"elements":[""]})",
       ": number: found 2, expected that of the file"},
      {R"({"format":"tally-submission","version":1,"number":1,)"
       R"("backend":"local","ranks":1,"elements":[""],"x":1})",
       ": x: found an unknown key, expected none"},
  }));
  const TempDir dir;
  const RunDir run = RunDir::create(dir.path() / "run", small_plan(1, 1), "");
  const auto file = run.submit() / "s0001.json";
  std::ofstream(file) << bad.text;
  CHECK_THROWS_WITH(tally::read_last_submission(run), file.string() + bad.message);
}

TEST_CASE("progress comes back by element and damaged files are skipped", "[progress]") {
  const TempDir dir;
  const RunDir run = RunDir::create(dir.path() / "run", small_plan(1, 1), "");
  Progress progress;
  progress.element = tally::ElementId(12);
  progress.attempt = tally::AttemptId(2);
  progress.state = "stopping";
  progress.host = "node7";
  progress.pid = 4711;
  progress.start_ticks = 99;
  progress.ranks = 3;
  progress.planned = 100;
  progress.done = 20;
  progress.committed = 10;
  progress.outcomes = {15, 1, 1, 1, 1, 1};
  progress.rate = 2.5;
  progress.heartbeat_unix = 1714521600.25;
  progress.message = "rank 1: no progress for 120 s\n\"quoted\"";
  REQUIRE(tally::write_progress(run, progress));
  Progress other;
  other.element = tally::ElementId(3);
  REQUIRE(tally::write_progress(run, other));
  std::ofstream(run.progress() / "e00004.json") << "{\"format\":\"tally-prog";
  std::ofstream(run.progress() / "e00005.json")
      << R"({"format":"tally-progress","version":1,"element":5})";
  const auto all = tally::read_progress(run);
  REQUIRE(all.size() == 2);
  CHECK(all[0].element == tally::ElementId(3));
  CHECK(all[0].eta_seconds == -1.0);
  CHECK(all[1].element == tally::ElementId(12));
  CHECK(all[1].attempt == tally::AttemptId(2));
  CHECK(all[1].state == "stopping");
  CHECK(all[1].host == "node7");
  CHECK(all[1].pid == 4711);
  CHECK(all[1].start_ticks == 99);
  CHECK(all[1].ranks == 3);
  CHECK(all[1].planned == 100);
  CHECK(all[1].done == 20);
  CHECK(all[1].committed == 10);
  CHECK(all[1].outcomes == progress.outcomes);
  CHECK(all[1].rate == 2.5);
  CHECK(all[1].heartbeat_unix == 1714521600.25);
  CHECK(all[1].message == progress.message);
}

TEST_CASE("progress of one element is read alone, and may be a last word", "[progress]") {
  const TempDir dir;
  const RunDir run = RunDir::create(dir.path() / "run", small_plan(1, 1), "");
  Progress progress;
  progress.element = tally::ElementId(3);
  progress.state = GENERATE("running", "stopping", "done", "incomplete", "failed");
  REQUIRE(tally::write_progress(run, progress));
  const auto found = tally::read_progress(run, progress.element);
  REQUIRE(found);
  CHECK(found->state == progress.state);
  CHECK(tally::is_over(*found) == (progress.state != "running" && progress.state != "stopping"));
  CHECK_FALSE(tally::read_progress(run, tally::ElementId(4)));
  std::ofstream(run.progress() / "e00003.json") << "{";
  CHECK_FALSE(tally::read_progress(run, progress.element));
}

TEST_CASE("progress without a start time is progress", "[progress]") {
  const TempDir dir;
  const RunDir run = RunDir::create(dir.path() / "run", small_plan(1, 1), "");
  Progress progress;
  progress.start_ticks = 99;
  REQUIRE(tally::write_progress(run, progress));
  std::string text = tally::read_text(run.progress() / "e00000.json", 1 << 20);
  const std::string key = "\"start_ticks\":99,";
  REQUIRE(text.find(key) != std::string::npos);
  text.erase(text.find(key), key.size());
  std::ofstream(run.progress() / "e00000.json") << text;
  const auto found = tally::read_progress(run, progress.element);
  REQUIRE(found);
  CHECK(found->start_ticks == 0);
}

TEST_CASE("progress that cannot be written is no error", "[progress]") {
  const TempDir dir;
  CHECK_FALSE(tally::write_progress(RunDir(dir.path() / "gone"), Progress{}));
  CHECK(tally::read_progress(RunDir(dir.path() / "gone")).empty());
}
