#pragma once
#include <filesystem>
#include <string>

namespace tally::launcher {

/// The running executable itself.
[[nodiscard]] std::filesystem::path own_program();

/// `name` in the folder of the running executable: the programs of one build belong together, so no
/// other place is searched. Throws Error(missing) when it is not there.
[[nodiscard]] std::filesystem::path sibling_program(const std::string& name);

/// A file that is installed with the programs: `name` is relative to share/tally, beside the folder
/// of the running executable. Throws Error(missing).
[[nodiscard]] std::filesystem::path shared_file(const std::string& name);

}  // namespace tally::launcher
