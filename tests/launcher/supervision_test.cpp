#include "launcher/supervision.hpp"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>

#include "catch.hpp"
#include "launcher/children.hpp"
#include "temp_dir.hpp"

using namespace tally;
using namespace tally::launcher;
using namespace std::chrono_literals;

namespace {

pid_t start_shell(const std::filesystem::path& folder, const std::string& script) {
  return start_process({{"sh", "-c", "cd '" + folder.string() + "' || exit 1; " + script}, {}});
}

}  // namespace

TEST_CASE("time in which the whole job was suspended is no part of a stop's grace",
          "[launcher][supervision]") {
  const TempDir dir;
  SignalInbox inbox;
  const pid_t element = start_shell(
      dir.path(),
      "trap 'touch asked; while [ ! -e woken ]; do sleep 0.02; done; exit 75' USR1; touch ready; "
      "while :; do sleep 0.02; done");
  while (!std::filesystem::exists(dir.path() / "ready")) std::this_thread::sleep_for(1ms);
  // As `scontrol suspend` does: longer than the grace, and we are stopped, too.
  const std::string group = " -" + std::to_string(element) + "; ";
  const std::string supervisor = " " + std::to_string(::getpid()) + "; ";
  static_cast<void>(start_shell(dir.path(), "until [ -e asked ]; do sleep 0.01; done; kill -STOP" +
                                                group + "kill -STOP" + supervisor +
                                                "sleep 5; kill -CONT" + supervisor +
                                                "sleep 0.5; kill -CONT" + group + "touch woken"));
  Supervision supervision(inbox, ElementId(0), element, 1, 4s);
  ::kill(::getpid(), SIGTERM);
  const ExitStatus status = supervision.wait();
  end_children({}, 10s);
  CHECK(status.text() == "exit code 75");
  CHECK(supervision.stopping());
}
