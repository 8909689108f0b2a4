#include "launcher/log_excerpt.hpp"

#include <algorithm>
#include <fstream>

namespace tally::launcher {
namespace {

constexpr std::uint64_t kMaxTail = 64 * 1024;
constexpr std::size_t kMaxLines = 10;

bool reports_error(const std::string& line) {
  return line.find(" error: ") != std::string::npos ||
         line.find(" critical: ") != std::string::npos;
}

}  // namespace

std::vector<std::string> log_excerpt(const std::filesystem::path& log, std::uint64_t from,
                                     bool errors_only) {
  std::ifstream file(log, std::ios::binary);
  file.seekg(0, std::ios::end);
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
  const std::uint64_t start = std::max(from, size > kMaxTail ? size - kMaxTail : 0);
  file.seekg(static_cast<std::streamoff>(start));
  std::vector<std::string> errors;
  std::vector<std::string> tail;
  for (std::string line; std::getline(file, line);) {
    if (reports_error(line) && errors.size() < kMaxLines &&
        std::find(errors.begin(), errors.end(), line) == errors.end()) {
      errors.push_back(line);
    }
    if (line.find_first_not_of(" -\t\r") != std::string::npos) tail.push_back(line);
  }
  if (!errors.empty() || errors_only) return errors;
  if (tail.size() > kMaxLines) tail.erase(tail.begin(), tail.end() - kMaxLines);
  return tail;
}

}  // namespace tally::launcher
