#include "aggregator/outputs/publish.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "aggregator/outputs/out_file.hpp"
#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace tally::aggregator {
namespace {

namespace fs = std::filesystem;

bool is_result_name(const std::string& name) {
  return name.size() == 16 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string link_target(const fs::path& link) {
  std::error_code none;
  return fs::read_symlink(link, none).string();
}

void rename_or_throw(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    throw errno_error(Errc::io, fmt::format("rename to {}", to.string()), from, errno);
}

/// Puts `made` in the place of `place`, whatever is there. What was there lies at `made`
/// afterwards, or is gone. An equal name means equal bytes once, but nobody knows what happened to
/// them since.
void put_in_place(const fs::path& made, const fs::path& place) {
  if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return;
  std::error_code none;
  if (fs::exists(place, none)) {  // this filesystem cannot exchange
    rename_or_throw(place, made.parent_path() / fmt::format(".old-{}", ::getpid()));
  }
  rename_or_throw(made, place);
}

void point_current_at(const fs::path& results, const std::string& name) {
  const fs::path fresh = results / fmt::format(".current-{}", ::getpid());
  ::unlink(fresh.c_str());
  if (::symlink(name.c_str(), fresh.c_str()) != 0)
    throw errno_error(Errc::io, "symlink", fresh, errno);
  rename_or_throw(fresh, results / "current");
  sync_path(results);
}

void remove_all_but(const fs::path& results, const std::string& now, const std::string& before) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(results, none)) {
    const std::string name = entry.path().filename().string();
    if (is_result_name(name) && name != now && name != before) fs::remove_all(entry.path(), none);
  }
}

}  // namespace

void remove_unfinished(const fs::path& results) noexcept {
  try {
    for (const auto& entry : fs::directory_iterator(results)) {
      const std::string name = entry.path().filename().string();
      std::error_code none;
      if (name.starts_with(".new-") || name.starts_with(".old-") || name.starts_with(".current-"))
        fs::remove_all(entry.path(), none);
    }
  } catch (const std::exception&) {
    // Leftovers cost space, nothing else: the next aggregation tries again.
  }
}

NewResults::NewResults(const fs::path& results)
    : results_(results), path_(results / fmt::format(".new-{}", ::getpid())) {
  remove_unfinished(results_);
  std::error_code failed;
  fs::create_directories(path_, failed);
  if (failed) throw errno_error(Errc::io, "mkdir", path_, failed.value());
  sync_path(results_.parent_path());
}

NewResults::~NewResults() {
  std::error_code none;
  fs::remove_all(path_, none);
}

fs::path NewResults::publish(const std::map<std::string, Digest>& digests) {
  OutFile sums(path_ / "SHA256SUMS");
  for (const auto& [name, digest] : digests)
    sums.append(fmt::format("{}  {}\n", digest.hex(), name));
  const std::string name = sums.finish().short_hex();
  sync_path(path_);
  const fs::path place = results_ / name;
  put_in_place(path_, place);
  sync_path(results_);
  const std::string before = link_target(results_ / "current");
  point_current_at(results_, name);
  if (before != name) remove_all_but(results_, name, before);
  return place;
}

}  // namespace tally::aggregator
