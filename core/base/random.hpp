#pragma once
#include <array>
#include <cstdint>

namespace tally {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four
/// 32-bit words that are a function of key and counter alone.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) noexcept;

/// The random numbers of one item: a function of (run seed, ordinal, stream) alone, so an item's
/// result does not depend on rank, batch, order or restart.
class ItemRandom {
 public:
  /// `stream` separates independent uses within one item (draw, bootstrap, ...).
  ItemRandom(std::uint64_t run_seed, std::uint64_t ordinal, std::uint32_t stream = 0) noexcept;
  [[nodiscard]] std::uint32_t next_u32() noexcept;
  /// Uniform in [0, 1), 53 bits.
  [[nodiscard]] double next_unit() noexcept;

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace tally
