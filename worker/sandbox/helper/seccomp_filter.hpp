#pragma once
#include <vector>

#include "core/base/descriptor.hpp"

namespace tally::worker {

/// A system call that the filter refuses whatever its arguments, and the errno that it gives.
struct RefusedCall {
  const char* name;
  int error;
};

/// All of them. What is refused for some arguments only is not among them.
[[nodiscard]] std::vector<RefusedCall> refused_calls();

/// The system call filter of every isolated program, compiled for the kernel, in a memory file at
/// offset 0. What it refuses and why: seccomp_filter.cpp. Throws std::runtime_error.
[[nodiscard]] Descriptor seccomp_filter();

}  // namespace tally::worker
