#include "core/shard/huge_pages.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace tally {

void prefer_huge_pages(const void* begin, std::size_t size) noexcept {
  constexpr std::uintptr_t kHuge = std::uintptr_t{2} << 20U;
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t first = (address + kHuge - 1) / kHuge * kHuge;
  const std::uintptr_t last = (address + size) / kHuge * kHuge;
  if (last <= first) return;
  // Not all kernels are built with huge pages; the memory works without.
  static_cast<void>(::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE));
}

}  // namespace tally
