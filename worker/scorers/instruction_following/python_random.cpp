#include "worker/scorers/instruction_following/python_random.hpp"

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace tally::worker {

PythonRandom::PythonRandom(std::uint32_t seed) {
  state_[0] = 19650218U;
  for (std::uint32_t i = 1; i < kSize; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30U)) + i;
  }
  std::size_t i = 1;  // the key is the one word `seed`
  const auto stir = [&](std::uint32_t factor, std::uint32_t add) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30U)) * factor)) + add;
    if (++i == kSize) {
      state_[0] = state_[kSize - 1];
      i = 1;
    }
  };
  for (std::size_t k = 0; k < kSize; ++k) stir(1664525U, seed);
  for (std::size_t k = 1; k < kSize; ++k) stir(1566083941U, 0U - static_cast<std::uint32_t>(i));
  state_[0] = 0x80000000U;
}

void PythonRandom::refill() {
  for (std::size_t i = 0; i < kSize; ++i) {
    const std::uint32_t mixed = (state_[i] & 0x80000000U) | (state_[(i + 1) % kSize] & 0x7FFFFFFFU);
    state_[i] = state_[(i + 397) % kSize] ^ (mixed >> 1U) ^ ((mixed & 1U) * 0x9908B0DFU);
  }
  at_ = 0;
}

std::uint32_t PythonRandom::next() {
  if (at_ == kSize) refill();
  std::uint32_t word = state_[at_++];
  word ^= word >> 11U;
  word ^= (word << 7U) & 0x9D2C5680U;
  word ^= (word << 15U) & 0xEFC60000U;
  return word ^ (word >> 18U);
}

std::size_t PythonRandom::index(std::size_t size) {
  const auto bits = static_cast<unsigned>(std::bit_width(size));
  while (true) {
    const std::size_t drawn = next() >> (32U - bits);
    if (drawn < size) return drawn;
  }
}

double PythonRandom::uniform() {
  const std::uint32_t high = next() >> 5U;
  const std::uint32_t low = next() >> 6U;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

double PythonRandom::normal() {  // Box & Muller 1958
  if (kept_) return *std::exchange(kept_, std::nullopt);
  const double angle = uniform() * 2.0 * std::numbers::pi;
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  kept_ = std::sin(angle) * radius;
  return std::cos(angle) * radius;
}

}  // namespace tally::worker
