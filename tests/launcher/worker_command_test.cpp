#include "launcher/worker_command.hpp"

#include "catch.hpp"
#include "launcher/element.hpp"

using namespace tally;
using namespace tally::launcher;

TEST_CASE("one rank runs without mpirun", "[launcher][element]") {
  CHECK(shell_text(worker_command("/bin/tally-worker", RunDir("/r/a b"), ElementId(3), 1, true)) ==
        "/bin/tally-worker --run '/r/a b' --element 3");
}

TEST_CASE("several ranks run under mpirun with room to commit", "[launcher][element]") {
  const Command command =
      worker_command("/bin/tally-worker", RunDir("/r/a"), ElementId(0), 3, false);
  CHECK(shell_text(command) ==
        "env OMPI_MCA_odls_base_sigkill_timeout=20 PRTE_MCA_odls_base_sigkill_timeout=20 "
        "mpirun -n 3 --map-by :OVERSUBSCRIBE --bind-to none "
        "/bin/tally-worker --run /r/a --element 0");
}

TEST_CASE("Open MPI is told when root is meant", "[launcher][element]") {
  const auto root = worker_command("w", RunDir("/r"), ElementId(0), 2, true).environment;
  CHECK(root.at("OMPI_ALLOW_RUN_AS_ROOT") == "1");
  CHECK(root.at("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM") == "1");
  CHECK(root.at("PRTE_ALLOW_RUN_AS_ROOT") == "1");
  const auto user = worker_command("w", RunDir("/r"), ElementId(0), 2, false).environment;
  CHECK(user.count("OMPI_ALLOW_RUN_AS_ROOT") == 0);
}

TEST_CASE("only our own error codes pass through an element", "[launcher][element]") {
  struct Case {
    ExitStatus ended;
    int code;
  };
  const auto c = GENERATE(values<Case>({
      {{0, 0}, 75},  // exit 0 with work left is not believed
      {{1, 0}, 75},  // mpirun's own trouble
      {{64, 0}, 64},
      {{65, 0}, 65},
      {{66, 0}, 66},
      {{69, 0}, 69},
      {{70, 0}, 70},
      {{74, 0}, 74},
      {{75, 0}, 75},
      {{78, 0}, 78},
      {{137, 0}, 75},  // a rank was killed
      {{0, 9}, 75},
  }));
  CHECK(unfinished_code(c.ended) == c.code);
}

TEST_CASE("logs have one name per element", "[launcher][element]") {
  CHECK(element_log(RunDir("/r"), ElementId(12)) == "/r/logs/e00012.log");
}
