#include "core/plan/language_profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "core/base/error.hpp"

namespace tally {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTables = "messages.properties";

fs::path tables_of(const fs::path& folder) {
  std::error_code failed;
  const fs::path beside = folder / kTables;
  if (fs::exists(beside, failed)) return beside;
  // Not through "..", which would follow a link out of the package.
  fs::path whole = fs::absolute(folder).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  const fs::path packaged = whole.parent_path() / "utils" / kTables;
  if (fs::exists(packaged, failed)) return packaged;
  throw Error(Errc::missing,
              fmt::format("found no {0}, expected it there or at {1}", kTables, packaged.string()),
              {folder, {}, 0});
}

}  // namespace

LanguageProfileFiles find_language_profiles(const fs::path& folder) {
  LanguageProfileFiles files;
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    std::error_code none;
    if (name.starts_with('.') || name == kTables || !entry->is_regular_file(none)) continue;
    files.profiles.push_back(entry->path());
  }
  if (failed) throw Error(Errc::missing, failed.message(), {folder, {}, 0});
  if (files.profiles.empty()) {
    throw Error(Errc::missing, "found no files, expected langdetect's profiles", {folder, {}, 0});
  }
  std::ranges::sort(files.profiles);
  files.tables = tables_of(folder);
  return files;
}

Digest language_profiles_digest(const fs::path& folder) {
  LanguageProfileFiles files = find_language_profiles(folder);
  files.profiles.push_back(files.tables);
  Sha256 hash;
  for (const fs::path& file : files.profiles) {
    hash.update(file.filename().string());
    hash.update(std::string_view("\0", 1));
    const Digest content = sha256_file(file);
    hash.update(std::as_bytes(std::span(content.bytes)));
  }
  return hash.finish();
}

}  // namespace tally
