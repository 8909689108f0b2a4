#include <fmt/format.h>

#include "catch.hpp"
#include "run_tool.hpp"

TEST_CASE("help is data and no failure", "[cli]") {
  struct Case {
    std::vector<std::string> arguments;
    std::string text;
  };
  const auto c = GENERATE(values<Case>({
      {{"--help"}, "75 incomplete (run me again)"},
      {{"plan", "--help"}, "--list"},
      {{"launch", "--help"}, "--dry-run"},
      {{"element", "--help"}, "--grace"},
      {{"resume", "--help"}, "--elements"},
      {{"status", "--help"}, "--watch"},
      {{"cancel", "--help"}, "--wait"},
      {{"verify", "--help"}, "--json"},
      {{"schema", "--help"}, "--markdown"},
      {{"compare", "--help"}, "--allow-incomplete"},
      {{"gate", "--help"}, "--max-drop"},
  }));
  const ToolResult result = run_tally(c.arguments);
  CAPTURE(c.arguments);
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, TALLY_CONTAINS(c.text));
}

TEST_CASE("a wrong command line is 64 and says what is wrong on stderr", "[cli]") {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const auto c = GENERATE(values<Case>({
      {{}, "A subcommand is required"},
      {{"lunch"}, "found verb \"lunch\", expected one that `tally --help` lists"},
      {{"plan"}, "config is required"},
      {{"plan", "run.yaml", "--no-such-option"}, "--no-such-option"},
      {{"plan", "run.yaml", "--limit", "-1"}, "--limit"},
      {{"launch", "run.yaml", "--on", "moon"}, "--on"},
      {{"launch", "run.yaml", "--workers", "0"}, "--workers"},
      {{"launch", "run.yaml", "no-equals-sign"}, "no-equals-sign"},
      {{"element", "runs/x"}, "index is required"},
      {{"element", "runs/x", "-1"}, "-1"},
      {{"verify", "runs/x", "--element", "-1"}, "--element"},
      {{"status"}, "run is required"},
      {{"compare", "runs/x"}, "run_b is required"},
      {{"gate"}, "run is required"},
      {{"compare", "runs/x", "runs/y", "--flips", "-1"}, "--flips"},
      {{"schema", "--json", "--markdown"}, "--json"},
  }));
  const ToolResult result = run_tally(c.arguments);
  CAPTURE(c.arguments);
  CHECK(result.code == 64);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, TALLY_CONTAINS(c.message));
}

TEST_CASE("the version is data", "[cli]") {
  const ToolResult result = run_tally({"--version"});
  CHECK(result.code == 0);
  CHECK_THAT(result.out, TALLY_CONTAINS("tally 0."));
}

TEST_CASE("a folder that is no run is named", "[cli]") {
  const TempDir dir;
  const auto verb = GENERATE(as<std::string>(), "status", "verify", "resume", "cancel");
  const ToolResult result = run_tally({verb, dir.path().string()});
  CAPTURE(verb);
  CHECK(result.code == 66);
  CHECK(result.out.empty());
  CHECK_THAT(result.err,
             TALLY_CONTAINS(fmt::format("{}: found no plan.json, expected a run directory",
                                        dir.path().string())));
  CHECK(tree_of(dir.path()).empty());
}

TEST_CASE("stdout that cannot take the data is an I/O error", "[cli]") {
  const ToolResult result =
      run_tool({"sh", "-c", fmt::format("exec {} schema > /dev/full", tally_program())});
  CHECK(result.code == 74);
  CHECK_THAT(result.err, TALLY_CONTAINS("write to stdout"));
}

TEST_CASE("the schema and the reference page are printed", "[cli]") {
  CHECK_THAT(run_tally({"schema"}).out, TALLY_CONTAINS("https://json-schema.org/draft/2020-12"));
  CHECK_THAT(run_tally({"schema", "--markdown"}).out, TALLY_CONTAINS("# run.yaml"));
}
