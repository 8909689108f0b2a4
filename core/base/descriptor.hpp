#pragma once
#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

namespace tally {

/// Sole owner of one file descriptor. Move-only; the moved-from object is empty.
/// Call close() where failure matters: the destructor is for unwinding and cannot report.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Descriptor taken(std::move(other));
    std::swap(fd_, taken.fd_);
    return *this;
  }
  ~Descriptor() { static_cast<void>(close()); }

  /// open(2) with O_CLOEXEC; EINTR is retried. Empty, with errno set, when it fails.
  [[nodiscard]] static Descriptor open(const std::filesystem::path& path, int flags,
                                       mode_t mode = 0) noexcept;

  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }
  /// Returns 0 or the errno of close(2). The descriptor is gone either way.
  [[nodiscard]] int close() noexcept;

 private:
  int fd_ = -1;
};

/// read(2) with EINTR retried: bytes read, 0 at the end, -1 with errno set.
[[nodiscard]] ssize_t read_some(int fd, std::span<std::byte> buffer) noexcept;

/// Writes all of `bytes`; short writes and EINTR continue. Returns 0 or the errno.
[[nodiscard]] int write_all(int fd, std::span<const std::byte> bytes) noexcept;

/// fsync(2). A call that a signal interrupted did not fail and is continued; any other failure is
/// final for this file. Returns 0 or the errno.
[[nodiscard]] int sync_once(int fd) noexcept;

}  // namespace tally
