#include "launcher/log_excerpt.hpp"

#include "catch.hpp"
#include "temp_dir.hpp"

using tally::launcher::log_excerpt;
using Lines = std::vector<std::string>;

TEST_CASE("errors are shown once each, without the noise", "[launcher][log]") {
  const TempDir dir;
  const auto log = dir.file("e.log",
                            "t tally-worker info: start\nt tally-worker error: no disk\n"
                            "t tally-worker error: no disk\n-----\nmpirun noticed\n");
  CHECK(log_excerpt(log, 0, false) == Lines{"t tally-worker error: no disk"});
  CHECK(log_excerpt(log, 0, true) == Lines{"t tally-worker error: no disk"});
}

TEST_CASE("without errors the last lines are shown", "[launcher][log]") {
  const TempDir dir;
  std::string text;
  for (int line = 1; line <= 30; ++line) text += "line " + std::to_string(line) + "\n\n";
  const auto log = dir.file("e.log", text);
  const Lines lines = log_excerpt(log, 0, false);
  REQUIRE(lines.size() == 10);
  CHECK(lines.front() == "line 21");
  CHECK(lines.back() == "line 30");
  CHECK(log_excerpt(log, 0, true).empty());
}

TEST_CASE("an earlier attempt's lines are not shown", "[launcher][log]") {
  const TempDir dir;
  const auto log = dir.file("e.log", "t error: old\nt error: new\n");
  CHECK(log_excerpt(log, 13, false) == Lines{"t error: new"});
  CHECK(log_excerpt(log, 26, false).empty());
  CHECK(log_excerpt(dir.path() / "absent", 0, false).empty());
}
