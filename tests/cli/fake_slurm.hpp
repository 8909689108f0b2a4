#pragma once
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "run_tool.hpp"

/// A folder of shell scripts that stand in for Slurm's programs, first in PATH. Each notes its call
/// ("scontrol requeue 7_0") before it runs its text.
class FakeSlurm {
 public:
  void program(const std::string& name, const std::string& text) const {
    const auto file = dir_.file(name, "#!/bin/bash\necho \"" + name + " $*\" >>'" +
                                          (dir_.path() / "calls").string() + "'\n" + text + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  [[nodiscard]] std::filesystem::path folder() const { return dir_.path(); }
  [[nodiscard]] std::map<std::string, std::string> environment() const {
    const char* const path = std::getenv("PATH");
    return {{"PATH", dir_.path().string() + ":" + (path == nullptr ? "" : path)}};
  }
  /// The calls that begin so, in order.
  [[nodiscard]] std::vector<std::string> calls(const std::string& begin) const {
    std::istringstream lines(file_text(dir_.path() / "calls"));
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(begin)) found.push_back(line);
    }
    return found;
  }

 private:
  TempDir dir_;
};
