#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/stop.hpp"

namespace tally::worker {

/// File names and contents, as Program::files takes them.
using ProgramFiles = std::vector<std::pair<std::string, std::string>>;

/// The modules of checker and candidate as the interpreter at `path` compiles them ("x.pyc"), so
/// that not every process does that anew: it is a third of what one takes to start. As they are
/// ("x.py") where it does not. `helper`: the program tally-sandbox. Never throws.
[[nodiscard]] ProgramFiles compiled_modules(const std::string& path,
                                            const std::filesystem::path& helper,
                                            const StopFlag& stop);

}  // namespace tally::worker
