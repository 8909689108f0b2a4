#include "worker/scorers/line_child.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "catch.hpp"
#include "core/base/error.hpp"
#include "scorer_child.hpp"

using namespace tally;
using namespace tally::worker;
using Ending = LineChild::Ending;

namespace {

constexpr std::chrono::seconds kLong{20};
const StopFlag kNoStop;

LineChild shell(const std::string& script, std::size_t max_line = 1000) {
  return LineChild({{"/bin/sh", "-c", script}, max_line, {}});
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("a child answers lines with lines", "[worker][external]") {
  LineChild child = shell("while read -r x; do echo \"<$x>\"; done");
  CHECK(child.exchange("a\n", kLong, kNoStop).line == "<a>");
  CHECK(child.quiet());
  CHECK(child.exchange("b c\n", kLong, kNoStop).line == "<b c>");
}

TEST_CASE("neither side waits for the other with a full pipe", "[worker][external][trap-22]") {
  // The child fills stderr and stdout before it reads a byte of a request that fills its stdin.
  const std::string big(8U << 20U, 'x');
  LineChild child(
      {{"/usr/bin/python3", "-S", "-c",
        "import sys\nsys.stderr.write('e' * (1 << 21) + '\\n')\nsys.stdout.write('o' * (1 << 21))\n"
        "sys.stdout.flush()\nprint(len(sys.stdin.readline()), flush=True)"},
       std::size_t{4} << 20U,
       {}});
  const auto answer = child.exchange(big + "\n", kLong, kNoStop);
  CHECK(answer.ending == Ending::line);
  CHECK(answer.line == std::string(1U << 21U, 'o') + std::to_string((8U << 20U) + 1));
}

TEST_CASE("a reply counts also when the request was not read to its end", "[worker][external]") {
  const std::string big(1U << 20U, 'x');
  const std::string script =
      GENERATE("echo yes", "exec 0<&-; echo yes; sleep 600", "echo yes; kill -9 $$");
  LineChild child = shell(script);
  const auto answer = child.exchange(big + "\n", kLong, kNoStop);
  CHECK(answer.ending == Ending::line);
  CHECK(answer.line == "yes");
  CHECK_FALSE(child.quiet());
}

TEST_CASE("a child that reads nothing and says nothing meets the limit", "[worker][external]") {
  LineChild child = shell("sleep 600");
  const std::string big(1U << 20U, 'x');
  CHECK(child.exchange(big + "\n", std::chrono::milliseconds(100), kNoStop).ending ==
        Ending::timeout);
}

TEST_CASE("a pause of the worker is none of the child's time", "[worker][external][pauses]") {
  LineChild child = shell("kill -STOP $PPID; sleep 4; kill -CONT $PPID; sleep 0.3; echo yes");
  CHECK(child.exchange({}, std::chrono::seconds(2), kNoStop).line == "yes");
}

TEST_CASE("a line has a longest length", "[worker][external]") {
  CHECK(shell("printf 1234; echo", 4).exchange({}, kLong, kNoStop).line == "1234");
  CHECK(shell("printf 12345; echo", 4).exchange({}, kLong, kNoStop).ending == Ending::too_long);
  CHECK(shell("printf 12345; sleep 600", 4).exchange({}, kLong, kNoStop).ending ==
        Ending::too_long);
}

TEST_CASE("a death is seen though a grandchild holds the pipes", "[worker][external][trap-22]") {
  LineChild child = shell("sleep 600 & printf half; exit 4");
  CHECK(child.exchange({}, kLong, kNoStop).ending == Ending::ended);
  CHECK(child.last_words() == "ended with exit code 4");
}

TEST_CASE("no process of the group is left", "[worker][external][trap-22]") {
  std::string pids;
  {
    LineChild child = shell(
        "trap '' TERM; sh -c \"trap '' TERM; sleep 600 & echo \\$\\$ \\$!; wait\" | { read -r a; "
        "echo \"$$ $a\"; read -r b; }; sleep 600");
    pids = child.exchange({}, kLong, kNoStop).line;
  }
  std::istringstream words(pids);
  int count = 0;
  for (std::string pid; words >> pid; ++count) CHECK(goes_away(pid));
  CHECK(count == 3);
}

TEST_CASE("a child ends by itself when its stdin does", "[worker][external]") {
  std::vector<std::string> lines;
  {
    LineChild child(
        {{"/bin/sh", "-c", "echo up; while read -r x; do :; done; echo bye; echo last >&2"},
         1000,
         [&](std::string_view line) { lines.emplace_back(line); }});
    CHECK(child.exchange({}, kLong, kNoStop).line == "up");
  }
  CHECK(lines == std::vector<std::string>{"last"});
}

TEST_CASE("a child has three descriptors and no signal held back", "[worker][external]") {
  const Descriptor leaked(::open("/dev/null", O_RDONLY));  // not close-on-exec
  REQUIRE(leaked.valid());
  REQUIRE(leaked.get() < 64);
  LineChild child = shell(
      "f=0; while [ $f -lt 64 ]; do [ -e /proc/$$/fd/$f ] && s=\"$s$f \"; f=$((f + 1)); done; "
      "while read -r k v; do case $k in SigBlk:) s=\"$s$v\";; esac; done < /proc/$$/status; "
      "echo \"$s\"");
  CHECK(child.exchange({}, kLong, kNoStop).line == "0 1 2 0000000000000000");
}

TEST_CASE("a child is told nothing of its worker's place in MPI", "[worker][external]") {
  ::setenv("OMPI_COMM_WORLD_RANK", "3", 1);
  ::setenv("PMIX_RANK", "3", 1);
  ::setenv("TALLY_TEST_KEY", "kept", 1);
  LineChild child = shell("echo \"$OMPI_COMM_WORLD_RANK$PMIX_RANK$TALLY_TEST_KEY\"");
  const std::string line = child.exchange({}, kLong, kNoStop).line;
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "TALLY_TEST_KEY"}) ::unsetenv(name);
  CHECK(line == "kept");
}

TEST_CASE("children leave no descriptor behind", "[worker][external][trap-22]") {
  static_cast<void>(shell("echo a").exchange({}, kLong, kNoStop));
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(shell("echo a; exit 1").exchange("x\n", kLong, kNoStop));
    CHECK_THROWS_AS(LineChild({{"/nowhere/program"}, 10, {}}), Error);
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("stderr comes in lines, long ones in parts, the last one whole", "[worker][external]") {
  std::vector<std::string> lines;
  {
    LineChild child({{"/usr/bin/python3", "-S", "-c",
                      "import sys\nsys.stderr.write('one\\n' + 'x' * 5000 + '\\nlast')"},
                     10,
                     [&](std::string_view line) { lines.emplace_back(line); }});
    CHECK(child.exchange({}, kLong, kNoStop).ending == Ending::ended);
  }
  CHECK(lines ==
        std::vector<std::string>{"one", std::string(4096, 'x'), std::string(904, 'x'), "last"});
}
