#include "worker/sandbox/helper/pipes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace tally::worker {

void without_waiting(const Descriptor& end) { ::fcntl(end.get(), F_SETFL, O_NONBLOCK); }

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
  }
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Capture::Capture(Descriptor from, std::uint64_t most) : from_(std::move(from)), most_(most) {
  if (from_.valid()) without_waiting(from_);
}

void Capture::pump() {
  static std::array<std::byte, 128 << 10> buffer;
  for (int rounds = 0; rounds < 16 && from_.valid(); ++rounds) {
    const ssize_t got = read_some(from_.get(), buffer);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      static_cast<void>(from_.close());
      return;
    }
    const auto kept = std::min<std::uint64_t>(std::uint64_t(got), most_ - text_.size());
    text_.append(reinterpret_cast<const char*>(buffer.data()), kept);
    if (kept < std::uint64_t(got)) overflowed_ = true;
  }
}

}  // namespace tally::worker
