#pragma once
#include "core/base/descriptor.hpp"

namespace tally::worker {

/// The system call filter of every isolated program, compiled for the kernel, in a memory file at
/// offset 0. What it refuses and why: seccomp_filter.cpp. Throws std::runtime_error.
[[nodiscard]] Descriptor seccomp_filter();

}  // namespace tally::worker
