#include "core/plan/run_dir.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

// A run directory appears in one step: 1) everything is built in `<root>.new-<pid>` beside it,
// every file and folder fsynced; 2) one rename that never replaces; 3) fsync of the parent.

namespace tally {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFolders[] = {"submit", "shards", "temp", "progress", "logs", "quarantine"};

// Removes the half-built directory unless it was renamed away.
class Scaffold {
 public:
  explicit Scaffold(fs::path path) : path_(std::move(path)) {}
  Scaffold(const Scaffold&) = delete;
  Scaffold& operator=(const Scaffold&) = delete;
  ~Scaffold() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void make_folder(const fs::path& path) {
  std::error_code failed;
  fs::create_directory(path, failed);
  if (failed) throw errno_error(Errc::io, "mkdir", path, failed.value());
}

[[noreturn]] void refuse_existing(const fs::path& root) {
  throw Error(Errc::usage, "exists; use `tally resume`", {root, {}, 0});
}

// "runs/x/" and "runs/./x" name the folder x in runs; "", "." and "a/.." name nothing new.
fs::path checked_root(const fs::path& root) {
  fs::path clean = root.lexically_normal();
  if (!clean.has_filename()) clean = clean.parent_path();
  const fs::path name = clean.filename();
  if (name.empty() || name == "." || name == ".." || name == "/") {
    throw Error(Errc::usage,
                fmt::format("found '{}', expected the name of a new folder", root.string()),
                {{}, "run directory", 0});
  }
  return clean;
}

void rename_whole(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  // Without that flag a rename still refuses to replace a folder that has anything in it.
  if (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP) {
    if (::rename(from.c_str(), to.c_str()) == 0) return;
  }
  if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) refuse_existing(to);
  throw errno_error(Errc::io, "rename", to, errno);
}

}  // namespace

RunDir RunDir::create(const fs::path& root, const Plan& plan, const std::string& config_text) {
  const fs::path clean = checked_root(root);
  const fs::path parent = clean.has_parent_path() ? clean.parent_path() : fs::path(".");
  std::error_code failed;
  if (fs::symlink_status(clean, failed).type() != fs::file_type::not_found) refuse_existing(clean);
  fs::create_directories(parent, failed);
  if (failed) throw errno_error(Errc::io, "mkdir", parent, failed.value());

  const Scaffold scaffold(fmt::format("{}.new-{}", clean.string(), ::getpid()));
  fs::remove_all(scaffold.path(), failed);  // left by a killed process that had our pid
  make_folder(scaffold.path());
  for (const char* const folder : kFolders) make_folder(scaffold.path() / folder);
  const RunDir built(scaffold.path());
  publish_replace({}, built.config(), config_text);
  publish_replace({}, built.plan(), plan.json());
  sync_path(scaffold.path());
  rename_whole(scaffold.path(), clean);
  sync_path(parent);
  return RunDir(clean);
}

RunDir RunDir::open(const fs::path& root) {
  RunDir run(root);
  std::error_code failed;
  if (!fs::is_regular_file(run.plan(), failed)) {
    if (failed && open_failure(failed.value()) == Errc::io) {
      throw errno_error(Errc::io, "stat", run.plan(), failed.value());
    }
    throw Error(Errc::missing, "found no plan.json, expected a run directory", {root, {}, 0});
  }
  return run;
}

}  // namespace tally
