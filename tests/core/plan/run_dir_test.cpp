#include "core/plan/run_dir.hpp"

#include <sstream>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "sample_plan.hpp"
#include "temp_dir.hpp"

namespace fs = std::filesystem;
using tally::RunDir;

namespace {

std::string slurp(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a new run directory is whole and nothing is left beside it", "[run_dir]") {
  const TempDir dir;
  const auto plan = small_plan(2, 2);
  const RunDir run = RunDir::create(dir.path() / "runs" / "small/", plan, "version: 1  # mine\n");
  CHECK(run.root() == dir.path() / "runs" / "small");
  CHECK(slurp(run.config()) == "version: 1  # mine\n");
  CHECK(tally::load_plan(run.plan()).digest() == plan.digest());
  for (const auto& folder :
       {run.submit(), run.shards(), run.temp(), run.progress(), run.logs(), run.quarantine()}) {
    CAPTURE(folder.string());
    CHECK(fs::is_directory(folder));
  }
  CHECK(std::distance(fs::directory_iterator(dir.path() / "runs"), fs::directory_iterator()) == 1);
  CHECK(RunDir::open(run.root()).plan() == run.plan());
}

TEST_CASE("a run directory is never built over something", "[run_dir]") {
  const TempDir dir;
  const auto plan = small_plan(2, 2);
  const fs::path root = dir.path() / "run";
  SECTION("a run") { static_cast<void>(RunDir::create(root, plan, "first")); }
  SECTION("an empty folder") { fs::create_directory(root); }
  SECTION("a file") { static_cast<void>(dir.file("run", "x")); }
  SECTION("a link to nowhere") { fs::create_symlink(dir.path() / "nowhere", root); }
  const auto type = fs::symlink_status(root).type();
  CHECK_THROWS_WITH(RunDir::create(root, plan, "second"),
                    root.string() + ": exists; use `tally resume`");
  CHECK(fs::symlink_status(root).type() == type);
  CHECK(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("a name that is no new folder is refused", "[run_dir]") {
  const auto bad = GENERATE(values<const char*>({"", ".", "..", "/", "a/..", "./"}));
  CAPTURE(bad);
  CHECK_THROWS_WITH(
      RunDir::create(bad, small_plan(1, 1), ""),
      std::string("run directory: found '") + bad + "', expected the name of a new folder");
}

TEST_CASE("a folder without a plan is no run", "[run_dir]") {
  const TempDir dir;
  CHECK_THROWS_WITH(RunDir::open(dir.path()),
                    dir.path().string() + ": found no plan.json, expected a run directory");
}
