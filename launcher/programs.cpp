#include "launcher/programs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "core/base/error.hpp"

namespace tally::launcher {

std::filesystem::path own_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

std::filesystem::path sibling_program(const std::string& name) {
  std::filesystem::path program = own_program().parent_path() / name;
  if (::access(program.c_str(), X_OK) != 0) {
    throw Error(Errc::missing, fmt::format("found no program, expected {} beside tally", name),
                {program, {}, 0});
  }
  return program;
}

std::filesystem::path shared_file(const std::string& name) {
  std::filesystem::path file = own_program().parent_path().parent_path() / "share/tally" / name;
  if (::access(file.c_str(), R_OK) != 0) {
    throw Error(Errc::missing, fmt::format("found no file, expected {} as installed", name),
                {file, {}, 0});
  }
  return file;
}

}  // namespace tally::launcher
