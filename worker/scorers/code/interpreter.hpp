#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/sandbox/program.hpp"
#include "worker/scorers/code/bytecode.hpp"
#include "worker/stop.hpp"

namespace tally::worker {

/// The Python that programs under test and their checks run in.
struct Interpreter {
  std::string path;                   ///< Of the program itself, not of a script that starts it.
  std::string version;                ///< "3.11.2"
  std::vector<std::string> runtimes;  ///< Folders it needs beside those of the system.
  ProgramFiles modules{};             ///< compiled_modules(), in the order of code_programs.
};

/// Asks the programs that `name` means (it is a path, or all of that name in PATH) where they live,
/// and takes the first that will do. `helper`: the program tally-sandbox. `for_nobody`: only one
/// that others than its owner may read, because a worker that is root runs programs as nobody.
/// Throws Error(unavailable) saying what is wrong with the last: it does not run, it is older
/// than 3.9; Error(incomplete) when stopped.
[[nodiscard]] Interpreter find_interpreter(const std::string& name,
                                           const std::filesystem::path& helper, bool for_nobody,
                                           const StopFlag& stop);

/// /tally/<script> in that interpreter. Nothing comes between: an interpreter that is gone is a
/// program that cannot be started, and no program that failed.
[[nodiscard]] Program python_program(const Interpreter& interpreter, std::string_view script);

}  // namespace tally::worker
