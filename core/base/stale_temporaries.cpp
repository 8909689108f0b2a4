#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <optional>

#include "core/base/descriptor.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/temporary.hpp"

namespace tally {
namespace {

// "Now" by the clock that stamps the files: a fresh file's own mtime. The clock of a file server
// may differ from ours by hours.
std::optional<std::time_t> filesystem_now(const std::filesystem::path& dir) {
  const auto probe = dir / temporary_name("clock");
  const Descriptor file = Descriptor::open(probe, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
  if (!file.valid()) return std::nullopt;
  struct stat status {};
  const bool known = ::fstat(file.get(), &status) == 0;
  ::unlink(probe.c_str());
  if (!known) return std::nullopt;
  return status.st_mtime;
}

bool older_than(const std::filesystem::path& file, std::time_t now, unsigned hours) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return false;
  return now - status.st_mtime > std::time_t{3600} * std::time_t{hours};
}

std::vector<std::string> names_in(const std::filesystem::path& dir) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(dir, failed), end; !failed && entry != end;
       entry.increment(failed))
    names.push_back(entry->path().filename().string());
  if (failed) throw errno_error(Errc::io, "list directory", dir, failed.value());
  return names;
}

}  // namespace

std::vector<std::string> remove_stale_temporaries(const std::filesystem::path& temp_dir,
                                                  unsigned max_age_hours) {
  std::vector<std::string> removed;
  std::optional<std::time_t> now;
  // The whole list first: removing while reading a directory may skip entries.
  for (const std::string& name : names_in(temp_dir)) {
    const auto owner = parse_temporary_name(name);
    if (!owner) continue;
    const OwnerState state = owner_state(*owner);
    if (state == OwnerState::living) continue;
    if (state == OwnerState::elsewhere) {
      if (!now) now = filesystem_now(temp_dir);
      if (!now || !older_than(temp_dir / name, *now, max_age_hours)) continue;
    }
    if (::unlink((temp_dir / name).c_str()) == 0) removed.push_back(name);
  }
  return removed;
}

}  // namespace tally
