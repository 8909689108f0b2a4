#include "worker/scorers/code/interpreter.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/error.hpp"
#include "worker/sandbox/sandbox.hpp"

namespace tally::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAsk =
    "import json, os, sys\n"
    "own = sys.prefix != sys.base_prefix\n"  // a virtual environment: its link is what it is
    "path = sys.executable if own else os.path.realpath(sys.executable)\n"
    "print(json.dumps({'path': path, 'version': sys.version_info[:2],"
    " 'full': sys.version.split()[0],"
    " 'folders': sorted({sys.prefix, sys.base_prefix, sys.exec_prefix})}))\n";

Error none(const std::string& name, const std::string& found) {
  return Error(Errc::unavailable,
               fmt::format("interpreter: {}, expected Python 3.9 or newer as {}", found, name));
}

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// A name may mean several programs: all in PATH, in its order.
std::vector<fs::path> look_up(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return is_program(name) ? std::vector{fs::absolute(name)} : std::vector<fs::path>();
  }
  std::vector<fs::path> all;
  const char* const given = std::getenv("PATH");
  std::string_view path = given == nullptr ? "" : given;
  while (!path.empty()) {
    const std::size_t end = path.find(':');
    const fs::path found = fs::path(path.substr(0, end)) / name;
    if (found.is_absolute() && is_program(found)) all.push_back(found);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return all;
}

bool is_of_the_system(const std::string& folder) {
  for (const std::string_view each : {"/usr", "/bin", "/lib", "/lib64"})
    if (folder == each || folder.starts_with(fmt::format("{}/", each))) return true;
  return folder.empty() || folder == "/";
}

// Everybody may go through all folders above it.
bool open_to_others(const fs::path& path) {
  fs::path above;
  for (const fs::path& part : path) {
    above /= part;
    std::error_code error;
    const auto mode = fs::status(above, error).permissions();
    if (error || (mode & fs::perms::others_exec) == fs::perms::none) return false;
  }
  return true;
}

// Asks one program. Returns what is wrong with it, or nothing.
std::optional<std::string> ask(const fs::path& path, const fs::path& helper, const StopFlag& stop,
                               Interpreter& interpreter) {
  Program program;
  program.argv = {path.string(), "-I", "-c", std::string(kAsk)};
  const ProgramResult said = Sandbox(Sandbox::Mode::none, helper).run(program, {}, stop);
  if (said.ending == Ending::stopped)
    throw Error(Errc::incomplete, "interpreter: stopped before it was asked");
  if (said.ending == Ending::broken)
    throw Error(Errc::unavailable, fmt::format("interpreter: {}", said.problem));
  if (said.ending != Ending::exited || said.status != 0)
    return fmt::format("found {}, which does not run", path.string());
  const nlohmann::json found = nlohmann::json::parse(said.output, nullptr, false);
  if (!found.is_object() || !found.contains("full"))
    return fmt::format("found {}, no Python", path.string());
  const int major = found.at("version").at(0);
  const int minor = found.at("version").at(1);
  if (major != 3 || minor < 9)
    return fmt::format("found {} of version {}.{}", path.string(), major, minor);
  interpreter.path = found.at("path");
  interpreter.version = found.at("full");
  for (const std::string folder : found.at("folders"))
    if (!is_of_the_system(folder)) interpreter.runtimes.push_back(folder);
  return std::nullopt;
}

bool open_to_others(const Interpreter& interpreter) {
  return open_to_others(interpreter.path) &&
         std::all_of(interpreter.runtimes.begin(), interpreter.runtimes.end(),
                     [](const std::string& folder) { return open_to_others(fs::path(folder)); });
}

}  // namespace

Interpreter find_interpreter(const std::string& name, const fs::path& helper, bool for_nobody,
                             const StopFlag& stop) {
  std::string problem = "found no such program";
  for (const fs::path& path : look_up(name)) {
    Interpreter interpreter;
    auto wrong = ask(path, helper, stop, interpreter);
    if (!wrong && for_nobody && !open_to_others(interpreter))
      wrong = fmt::format("found {}, which programs of a sandbox may not read", interpreter.path);
    if (!wrong) {
      interpreter.modules = compiled_modules(interpreter.path, helper, stop);
      return interpreter;
    }
    problem = std::move(*wrong);
  }
  throw none(name, problem);
}

Program python_program(const Interpreter& interpreter, std::string_view script) {
  Program program;
  program.argv = {interpreter.path, "-s", "-B", fmt::format("/tally/{}", script)};
  program.runtimes = interpreter.runtimes;
  return program;
}

}  // namespace tally::worker
