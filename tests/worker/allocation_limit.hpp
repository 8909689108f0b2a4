#pragma once
#include <atomic>
#include <cstddef>

/// This program's operator new throws std::bad_alloc for more than `largest` bytes.
namespace allocation_limit {
extern std::atomic<std::size_t> largest;
}
