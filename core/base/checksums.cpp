#include "core/base/checksums.hpp"

#include <fmt/format.h>

#include <sstream>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace tally {
namespace {

constexpr const char* kSums = "SHA256SUMS";
constexpr std::uint64_t kMaxSumsBytes = 1024 * 1024;
constexpr std::size_t kHexDigits = 64;

/// One line, "<64 hex>  <name>".
void check_line(const std::filesystem::path& folder, const std::string& line,
                CheckedFiles& checked) {
  if (line.size() <= kHexDigits + 2 || line.substr(kHexDigits, 2) != "  ") {
    checked.bad.push_back(
        {kSums, fmt::format("found line \"{}\", expected \"<64 hex digits>  <name>\"", line)});
    return;
  }
  const std::string name = line.substr(kHexDigits + 2);
  if (name.find('/') != std::string::npos) {
    checked.bad.push_back({name, "found a path, expected a plain file name"});
    return;
  }
  try {
    const Digest digest = sha256_file(folder / name);
    const std::string expected = line.substr(0, kHexDigits);
    if (digest.hex() == expected) {
      checked.good[name] = digest;
    } else {
      checked.bad.push_back(
          {name, fmt::format("sha256: found {}, expected {}", digest.hex(), expected)});
    }
  } catch (const Error& error) {
    checked.bad.push_back({name, error.what()});
  }
}

}  // namespace

CheckedFiles check_sums(const std::filesystem::path& folder) {
  CheckedFiles checked;
  std::string sums;
  try {
    sums = read_text(folder / kSums, kMaxSumsBytes);
  } catch (const Error& error) {
    checked.bad.push_back({kSums, error.what()});
    return checked;
  }
  std::istringstream lines(sums);
  for (std::string line; std::getline(lines, line);) check_line(folder, line, checked);
  return checked;
}

}  // namespace tally
