#pragma once
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <vector>

// The scores of P11 and P12, the same for ours and the peers: a function of the row number alone.
// score_data.py is the same for numpy.

namespace tally::bench {

inline constexpr std::size_t kConfigs = 1000;
inline constexpr std::size_t kDocs = 500;  // of a config
inline constexpr std::size_t kDraws = 10;  // of a doc
inline constexpr std::size_t kRows = kConfigs * kDocs * kDraws;
inline constexpr std::uint32_t kReplicates = 1000;

/// Of this process, in milliseconds: all that is measured runs on one thread.
inline double cpu_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// SplitMix64 (Steele et al. 2014).
inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

/// 1 in three rows of ten, in order of config, doc and draw.
inline std::vector<double> scores() {
  std::vector<double> values(kRows);
  for (std::size_t row = 0; row < kRows; ++row) values[row] = mixed(row) % 10 < 3 ? 1.0 : 0.0;
  return values;
}

/// A value in [0, 1) for each doc of a config.
inline std::vector<double> doc_values(std::size_t config) {
  std::vector<double> values(kDocs);
  for (std::size_t doc = 0; doc < kDocs; ++doc)
    values[doc] = static_cast<double>(mixed(config * kDocs + doc) % 1000) / 1000.0;
  return values;
}

}  // namespace tally::bench
