#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tally::worker {

/// The random numbers of Python's random.Random(seed): the Mersenne Twister MT19937 (Matsumoto &
/// Nishimura 1998, ACM TOMACS 8(1)), seeded by its array method. One stream per object.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint32_t seed);
  /// Uniform in [0, size), as random.choice() draws an index. Precondition: 0 < size < 2^32.
  [[nodiscard]] std::size_t index(std::size_t size);
  /// Uniform in [0, 1), 53 bits.
  [[nodiscard]] double uniform();
  /// Standard normal, as random.gauss(0, 1): the second of each pair is kept for the next call.
  [[nodiscard]] double normal();

 private:
  static constexpr std::size_t kSize = 624;
  [[nodiscard]] std::uint32_t next();
  void refill();
  std::array<std::uint32_t, kSize> state_{};
  std::size_t at_ = kSize;
  std::optional<double> kept_;
};

}  // namespace tally::worker
