#include "core/base/random.hpp"

namespace tally {
namespace {

constexpr std::uint32_t low(std::uint64_t value) noexcept {
  return static_cast<std::uint32_t>(value & 0xFFFFFFFFU);
}
constexpr std::uint32_t high(std::uint64_t value) noexcept {
  return static_cast<std::uint32_t>(value >> 32U);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) noexcept {
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {high(product1) ^ counter[1] ^ key[0], low(product1),
               high(product0) ^ counter[3] ^ key[1], low(product0)};
    key[0] += 0x9E3779B9U;  // the golden ratio
    key[1] += 0xBB67AE85U;  // sqrt(3) - 1
  }
  return counter;
}

ItemRandom::ItemRandom(std::uint64_t run_seed, std::uint64_t ordinal, std::uint32_t stream) noexcept
    : key_{low(run_seed), high(run_seed)}, counter_{0, stream, low(ordinal), high(ordinal)} {}

std::uint32_t ItemRandom::next_u32() noexcept {
  if (used_ == block_.size()) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

double ItemRandom::next_unit() noexcept {
  const std::uint64_t upper = next_u32() >> 5U;       // 27 bits
  const std::uint64_t lower = next_u32() >> 6U;       // 26 bits
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
  return static_cast<double>((upper << 26U) | lower) * kUnit;
}

}  // namespace tally
