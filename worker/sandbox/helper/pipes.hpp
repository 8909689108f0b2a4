#pragma once
#include <cstdint>
#include <string>

#include "core/base/descriptor.hpp"

namespace tally::worker {

/// A pipe, both ends close-on-exec.
struct Pipe {
  Descriptor read;
  Descriptor write;
};
/// Throws std::runtime_error.
[[nodiscard]] Pipe make_pipe();
/// Reading or writing this end fails with EAGAIN where it would block.
void without_waiting(const Descriptor& end);

/// The beginning of what comes through a pipe; the rest is read and dropped.
class Capture {
 public:
  Capture(Descriptor from, std::uint64_t most);
  /// Reads what is there, but not for ever.
  void pump();
  [[nodiscard]] int descriptor() const { return from_.get(); }
  [[nodiscard]] bool open() const { return from_.valid(); }
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] std::string& text() { return text_; }

 private:
  Descriptor from_;
  std::uint64_t most_;
  bool overflowed_ = false;
  std::string text_;
};

}  // namespace tally::worker
