#include "core/base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "core/base/descriptor.hpp"
#include "core/base/error.hpp"
#include "core/base/temporary.hpp"

namespace tally {
namespace {

constexpr int kRewrites = 3;

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const auto parent = file.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

// A temporary that is removed unless it was renamed away.
class Temporary {
 public:
  explicit Temporary(std::filesystem::path path) : path_(std::move(path)) {}
  Temporary(Temporary&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Temporary& operator=(Temporary&&) = delete;
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  void forget() noexcept { path_.clear(); }

 private:
  std::filesystem::path path_;
};

enum class Durability { synced, unsynced };

// Steps 1 to 5 of the protocol, once. Nothing when fsync failed: then the kernel may have dropped
// the bytes and marked them clean, and a second fsync of the same file would report success.
std::optional<Temporary> try_temporary(const std::filesystem::path& dir, const std::string& name,
                                       std::span<const std::byte> bytes, Durability durability,
                                       int& sync_errno) {
  const auto path = dir / temporary_name(name);
  Descriptor file = Descriptor::open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
  if (!file.valid()) throw errno_error(Errc::io, "create", path, errno);
  Temporary temporary(path);
  if (const int why = write_all(file.get(), bytes)) throw errno_error(Errc::io, "write", path, why);
  if (durability == Durability::synced) {
    sync_errno = sync_once(file.get());
    if (sync_errno != 0) return std::nullopt;
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw errno_error(Errc::io, "fstat", path, errno);
  if (static_cast<std::uint64_t>(status.st_size) != bytes.size())
    throw Error(Errc::io, fmt::format("found {} bytes, expected {}", status.st_size, bytes.size()),
                {path, {}, 0});
  if (const int why = file.close()) throw errno_error(Errc::io, "close", path, why);
  return temporary;
}

Temporary write_temporary(const std::filesystem::path& dir, const std::string& name,
                          std::span<const std::byte> bytes, Durability durability) {
  int sync_errno = 0;
  for (int attempt = 0; attempt < kRewrites; ++attempt) {
    if (auto temporary = try_temporary(dir, name, bytes, durability, sync_errno))
      return std::move(*temporary);
  }
  throw errno_error(Errc::io, fmt::format("fsync, {} rewrites", kRewrites), dir / name, sync_errno);
}

// Whether `file` is a regular file of exactly these bytes.
bool holds(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  const Descriptor input = Descriptor::open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!input.valid()) {
    if (errno == ELOOP) return false;
    throw errno_error(Errc::io, "open", file, errno);
  }
  std::vector<std::byte> buffer(std::size_t{1} << 16U);
  for (;;) {
    const ssize_t got = read_some(input.get(), buffer);
    if (got < 0 && errno == EISDIR) return false;
    if (got < 0) throw errno_error(Errc::io, "read", file, errno);
    const auto size = static_cast<std::size_t>(got);
    if (size == 0) return bytes.empty();
    if (size > bytes.size() || !std::equal(bytes.begin(), bytes.begin() + got, buffer.begin()))
      return false;
    bytes = bytes.subspan(size);
  }
}

template <class Buffer>
Buffer read_whole(const std::filesystem::path& file, std::uint64_t max_bytes) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const Descriptor input = Descriptor::open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!input.valid()) throw errno_error(open_failure(errno), "open", file, errno);
  struct stat status {};
  if (::fstat(input.get(), &status) != 0) throw errno_error(Errc::io, "fstat", file, errno);
  if (!S_ISREG(status.st_mode))
    throw Error(Errc::data, "found no regular file, expected one", {file, {}, 0});
  const auto too_long = [&](std::uint64_t size) {
    return Error(Errc::data, fmt::format("found {} bytes, expected at most {}", size, max_bytes),
                 {file, {}, 0});
  };
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes) throw too_long(size);
  Buffer buffer;
  buffer.resize(size + 1);  // one more, so that the end is met without growing
  std::size_t filled = 0;
  for (;;) {
    if (filled == buffer.size()) buffer.resize(2 * buffer.size());
    const auto room = std::as_writable_bytes(std::span(buffer)).subspan(filled);
    const ssize_t got = read_some(input.get(), room);
    if (got < 0) throw errno_error(Errc::io, "read", file, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > max_bytes) throw too_long(filled);
  }
  buffer.resize(filled);
  return buffer;
}

}  // namespace

int rename_new(const std::filesystem::path& from, const std::filesystem::path& to) noexcept {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return errno;
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  ::unlink(from.c_str());  // a leftover second name is harmless and swept later
  return 0;
}

Published publish_new(const std::filesystem::path& temp_dir,
                      const std::filesystem::path& final_path, std::span<const std::byte> bytes) {
  Temporary temporary =
      write_temporary(temp_dir, final_path.filename().string(), bytes, Durability::synced);
  const int why = rename_new(temporary.path(), final_path);
  if (why != 0 && why != EEXIST) throw errno_error(Errc::io, "rename", final_path, why);
  if (why == EEXIST && !holds(final_path, bytes))
    throw Error(Errc::data, "found other bytes under this name, expected none or the same",
                {final_path, {}, 0});
  // On a retry ours takes the place of the same bytes: if it was the fsync of the folder that
  // failed, the kernel may have dropped the name and marked the folder clean, and a second fsync
  // would report success for nothing.
  if (why == EEXIST && ::rename(temporary.path().c_str(), final_path.c_str()) != 0)
    throw errno_error(Errc::io, "rename", final_path, errno);
  temporary.forget();
  sync_path(folder_of(final_path));
  return why == 0 ? Published::created : Published::already_there;
}

void publish_replace(const std::filesystem::path& temp_dir, const std::filesystem::path& final_path,
                     std::string_view bytes) {
  const auto folder = folder_of(final_path);
  Temporary temporary =
      write_temporary(temp_dir.empty() ? folder : temp_dir, final_path.filename().string(),
                      std::as_bytes(std::span(bytes)), Durability::synced);
  if (::rename(temporary.path().c_str(), final_path.c_str()) != 0)
    throw errno_error(Errc::io, "rename", final_path, errno);
  temporary.forget();
  sync_path(folder);
}

bool replace_quickly(const std::filesystem::path& final_path, std::string_view bytes) noexcept {
  try {
    Temporary temporary = write_temporary(folder_of(final_path), final_path.filename().string(),
                                          std::as_bytes(std::span(bytes)), Durability::unsynced);
    if (::rename(temporary.path().c_str(), final_path.c_str()) != 0) return false;
    temporary.forget();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void sync_path(const std::filesystem::path& path) {
  const Descriptor file = Descriptor::open(path, O_RDONLY);
  if (!file.valid()) throw errno_error(Errc::io, "open", path, errno);
  if (const int why = sync_once(file.get())) throw errno_error(Errc::io, "fsync", path, why);
}

std::string read_text(const std::filesystem::path& file, std::uint64_t max_bytes) {
  return read_whole<std::string>(file, max_bytes);
}

std::vector<std::byte> read_bytes(const std::filesystem::path& file, std::uint64_t max_bytes) {
  return read_whole<std::vector<std::byte>>(file, max_bytes);
}

}  // namespace tally
