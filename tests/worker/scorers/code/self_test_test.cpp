#include "worker/scorers/code/self_test.hpp"

#include <filesystem>
#include <fstream>

#include "bench.hpp"
#include "catch.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

// Says that it is Python, and this of every test it shall check.
std::string liar(const TempDir& folder, const std::string& verdict) {
  const auto file = folder.path() / verdict;
  std::ofstream(file)
      << "#!/bin/sh\ncase \"$*\" in\n"
         "*checker.py) printf '{\"test\":0,\"verdict\":\""
      << verdict
      << "\",\"note\":\"so it is\"}\\n{\"end\":true}\\n' >&5 ;;\n"
         "*) printf '{\"version\":[3,11],\"full\":\"3.11.2\",\"path\":\"%s\",\"folders\":[]}' "
         "\"$0\" ;;\n"
         "esac\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file.string();
}

void probe_with(const std::string& interpreter) {
  Bench bench;
  bench.entry.sandbox = SandboxMode::none;  // which lets it lie where it does
  bench.entry.interpreter = interpreter;
  CodeScorer(bench.entry, bench.stop, sandbox_helper()).probe();
}

}  // namespace

TEST_CASE("nothing is scored where a wrong program passes or a right one does not",
          "[.][scorer][trap-20]") {
  const TempDir folder;
  CHECK_THROWS_WITH(probe_with(liar(folder, "passed")),
                    "code: self-test: a wrong humaneval program is not found out: so it is");
  CHECK_THROWS_WITH(probe_with(liar(folder, "wrong")),
                    "code: self-test: a right humaneval program does not pass: so it is");
  CHECK_NOTHROW(probe_with("/usr/bin/python3"));
}
