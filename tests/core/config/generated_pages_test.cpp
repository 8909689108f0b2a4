#include <filesystem>

#include "catch.hpp"
#include "core/config/run_config.hpp"
#include "golden.hpp"

using namespace tally;

namespace {

const std::filesystem::path kSource = TALLY_SOURCE_DIR;

}  // namespace

TEST_CASE("the JSON Schema is the one that was reviewed", "[config][golden]") {
  check_golden(kSource / "tests/golden/config/run.schema.json", run_config_schema());
}

TEST_CASE("docs/config.md is generated from the descriptions", "[config][golden]") {
  check_golden(kSource / "docs/config.md", run_config_reference());
}

TEST_CASE("the example of the reference is a valid config", "[config][golden]") {
  const std::string page = run_config_reference();
  const std::string fence = "```yaml\n";
  const auto begin = page.find(fence) + fence.size();
  const auto end = page.find("```", begin);
  REQUIRE(end != std::string::npos);
  const RunConfig config = parse_run_config(page.substr(begin, end - begin), "run.yaml");
  CHECK(config.tasks.size() == 2);
}
