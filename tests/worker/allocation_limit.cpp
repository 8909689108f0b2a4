#include "allocation_limit.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

std::atomic<std::size_t> allocation_limit::largest{SIZE_MAX};

#if !defined(__SANITIZE_ADDRESS__)

// In place of the library's, for the whole program. In a file of its own: inlined into a caller
// they look to gcc like free() of what new gave.
void* operator new(std::size_t size) {
  const bool allowed = size <= allocation_limit::largest;
  void* const memory = allowed ? std::malloc(size == 0 ? 1 : size) : nullptr;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

#endif
