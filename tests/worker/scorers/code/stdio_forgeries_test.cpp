#include <string>

#include "bench.hpp"
#include "catch.hpp"
#include "code_cases.hpp"
#include "no_forgery_passes.hpp"

using namespace tally;
using namespace tally::worker;

namespace {

const std::string kAdd = "print(sum(map(int, input().split())))\n";

Doc adding() {
  return code_doc("add",
                  R"({"style":"stdio","tests":[{"input":"12 30\n","output":"42\n"},)"
                  R"({"input":"1000 1\n","output":"1001\n"},{"input":"-3 -4\n","output":"-7\n"}]})",
                  kAdd);
}

}  // namespace

TEST_CASE("no forged program of standard input and output passes a test",
          "[.][stdio_forgeries][trap-19][trap-22]") {
  Bench bench;
  bench.entry.comparator = GENERATE("rstrip_lines", "lcb");
  INFO(bench.entry.comparator);
  check_no_forgery_passes(bench, adding(), kAdd, forgeries("forgeries_stdio.txt"));
}
