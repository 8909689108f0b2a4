#include "core/plan/proc_stat.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <string>

namespace tally {

std::optional<ProcStat> read_proc_stat(pid_t pid) {
  constexpr int kParentField = 4;
  constexpr int kStartField = 22;
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  std::getline(file, line, '\0');         // a name may hold a line end
  const auto name_end = line.rfind(')');  // or anything else, also ") R 1"
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  ProcStat stat;
  fields >> stat.state >> stat.parent;
  std::string skipped;
  for (int field = kParentField + 1; field < kStartField; ++field) fields >> skipped;
  if (!(fields >> stat.start_ticks)) return std::nullopt;
  return stat;
}

}  // namespace tally
