#pragma once
#include <atomic>
#include <cstddef>

/// This program's operator new throws std::bad_alloc for more than `largest` bytes; not under a
/// sanitizer, which has one of its own.
namespace allocation_limit {
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kWorks = false;
#else
inline constexpr bool kWorks = true;
#endif
extern std::atomic<std::size_t> largest;
}  // namespace allocation_limit
