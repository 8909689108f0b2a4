#include "worker/sandbox/helper/private_folder.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>
#include <stdexcept>

#include "core/base/descriptor.hpp"

namespace tally::worker {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path) {
  throw std::runtime_error("create " + path + ": " + std::strerror(errno));
}

void make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) fail(path);
}

/// A program may have taken away our right to look into its folders.
void allow_removal(const fs::path& folder) {
  std::error_code error;
  fs::permissions(folder, fs::perms::owner_all, fs::perm_options::nofollow, error);
  fs::permissions(folder, fs::perms::owner_all, error);
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->symlink_status(ignored).type() == fs::file_type::directory) allow_removal(*entry);
  }
}

}  // namespace

std::string make_private_folder(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string folder = "/tmp/tally-sandbox-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) fail(folder);
  make_folder(folder + "/tmp");
  make_folder(folder + "/tally");
  for (const auto& [name, content] : files) {
    const std::string path = folder + "/tally/" + name;
    Descriptor file = Descriptor::open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0555);
    if (!file.valid()) fail(path);
    errno = write_all(file.get(), std::as_bytes(std::span(content)));
    if (errno != 0) fail(path);
  }
  ::chmod((folder + "/tally").c_str(), 0555);
  return folder;
}

void remove_private_folder(const std::string& folder) noexcept {
  try {
    std::error_code error;
    fs::remove_all(folder, error);
    if (!error) return;
    allow_removal(folder);
    fs::remove_all(folder, error);
  } catch (const std::exception&) {
    // Out of memory: the folder stays, which is no reason to lose the program's result.
  }
}

}  // namespace tally::worker
