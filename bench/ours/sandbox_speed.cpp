// bench-sandbox HELPER PYTHON PROGRAMS.json: runs each of the Python programs in the sandbox
// (HELPER is tally-sandbox) and by a bare posix_spawn of the same command, in turn. Prints `value`
// and `posix_spawn`, executions per second of either, and `isolation ms`, the difference of the
// medians.
#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/tool_main.hpp"
#include "worker/sandbox/sandbox.hpp"

namespace {

using tally::Errc;
using tally::Error;
using tally::worker::Ending;
using tally::worker::Sandbox;

std::vector<std::string> read_programs(const std::string& file) {
  simdjson::dom::parser parser;
  std::vector<std::string> programs;
  for (const simdjson::dom::element text : simdjson::dom::array(parser.load(file))) {
    programs.emplace_back(std::string_view(text));
  }
  return programs;
}

void run_in_sandbox(const Sandbox& sandbox, const std::vector<std::string>& command) {
  tally::worker::Program program;
  program.argv = command;
  const tally::worker::StopFlag stop;
  const auto result = sandbox.run(program, {}, stop);
  if (result.ending != Ending::exited || result.status != 0) {
    throw Error(Errc::data, "a program failed: " + result.errors + result.problem);
  }
}

void run_bare(std::vector<std::string> command) {
  std::vector<char*> argv;
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (error != 0 || waitpid(pid, &status, 0) != pid || status != 0) {
    throw Error(Errc::data, fmt::format("a program failed: error {}, status {}", error, status));
  }
}

// Milliseconds that `run` takes.
template <class Run>
double timed(Run run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double per_second(const std::vector<double>& milliseconds) {
  double sum = 0.0;
  for (const double value : milliseconds) sum += value;
  return 1e3 * static_cast<double>(milliseconds.size()) / sum;
}

int run(int argc, char** argv) {
  if (argc != 4) throw Error(Errc::usage, "expected HELPER PYTHON PROGRAMS.json");
  const Sandbox sandbox(Sandbox::Mode::bubblewrap, argv[1]);
  sandbox.probe();
  const std::vector<std::string> programs = read_programs(argv[3]);
  if (programs.empty())
    throw Error(Errc::data, "found no program, expected some", {argv[3], {}, 0});
  std::vector<double> ours;
  std::vector<double> bare;
  for (const std::string& program : programs) {
    const std::vector<std::string> command{argv[2], "-I", "-c", program};
    ours.push_back(timed([&] { run_in_sandbox(sandbox, command); }));
    bare.push_back(timed([&] { run_bare(command); }));
  }
  fmt::print("value {}\nposix_spawn {}\nisolation ms {}\n", per_second(ours), per_second(bare),
             median(ours) - median(bare));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return tally::tool_main("bench-sandbox", [&] { return run(argc, argv); });
}
