#include "core/base/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tally {

Descriptor Descriptor::open(const std::filesystem::path& path, int flags, mode_t mode) noexcept {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

int Descriptor::close() noexcept {
  if (fd_ < 0) return 0;
  // Linux frees the descriptor even when close() reports EINTR: a second call could hit another
  // thread's file. The data were synced before, so EINTR is no loss.
  const int result = ::close(std::exchange(fd_, -1));
  return result == 0 || errno == EINTR ? 0 : errno;
}

ssize_t read_some(int fd, std::span<std::byte> buffer) noexcept {
  ssize_t got = -1;
  do {
    got = ::read(fd, buffer.data(), buffer.size());
  } while (got < 0 && errno == EINTR);
  return got;
}

int write_all(int fd, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    if (put == 0) return EIO;  // never on Linux; without this line it would be an endless loop
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return 0;
}

int sync_once(int fd) noexcept {
  int result = -1;
  do {
    result = ::fsync(fd);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

}  // namespace tally
