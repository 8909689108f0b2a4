#include "aggregator/metrics/bootstrap.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <future>

#include "core/base/random.hpp"

namespace tally::aggregator {
namespace {

constexpr std::uint32_t kStream = 0x626f6f74;  // keeps resampling off the items' own numbers

/// xoshiro256++ (Blackman and Vigna 2019), started from the counter-based generator.
class ReplicateRandom {
 public:
  ReplicateRandom(const BootstrapOptions& options, std::uint32_t replicate) noexcept {
    const auto word = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
    const std::array<std::uint32_t, 2> key{word(options.seed), word(options.seed >> 32U)};
    for (std::uint32_t half = 0; half < 2; ++half) {
      const auto block = philox(
          {replicate, kStream + half, word(options.ordinal), word(options.ordinal >> 32U)}, key);
      state_[2 * half] = std::uint64_t{block[0]} << 32U | block[1];
      state_[2 * half + 1] = std::uint64_t{block[2]} << 32U | block[3];
    }
    state_[0] |= 1U;  // all zeros would stay zeros
  }

  std::uint64_t next() noexcept {
    const std::uint64_t out = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t kept = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= kept;
    state_[3] = std::rotl(state_[3], 45);
    return out;
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

/// Calls `take(index)` for `count` uniform indices below `count`. Half a word makes an index by
/// multiplication (Lemire 2019) while its bias is below 2^-12; beyond, a whole word does.
template <class Take>
void resample(ReplicateRandom random, std::uint64_t count, Take take) {
  constexpr std::uint64_t kHalfWord = std::uint64_t{1} << 20U;
  if (count > kHalfWord) {
    __extension__ using Wide = unsigned __int128;
    for (std::uint64_t i = 0; i < count; ++i)
      take(static_cast<std::uint64_t>((Wide{random.next()} * count) >> 64U), i % 2);
    return;
  }
  std::uint64_t i = 0;
  for (; i + 2 <= count; i += 2) {
    const std::uint64_t word = random.next();
    take(((word & 0xFFFFFFFFU) * count) >> 32U, 0U);
    take(((word >> 32U) * count) >> 32U, 1U);
  }
  if (i < count) take(((random.next() >> 32U) * count) >> 32U, 0U);
}

/// Two partial sums: an addition need not wait for the one before.
struct TwoSums {
  std::array<double, 2> part{};
  [[nodiscard]] double total() const noexcept { return part[0] + part[1]; }
};

double one_mean(std::span<const double> values, ReplicateRandom random) {
  TwoSums sum;
  resample(random, values.size(),
           [&](std::uint64_t at, std::uint64_t part) { sum.part[part] += values[at]; });
  return sum.total() / static_cast<double>(values.size());
}

double one_ratio(std::span<const double> sums, std::span<const double> sizes,
                 ReplicateRandom random) {
  TwoSums sum;
  TwoSums size;
  resample(random, sums.size(), [&](std::uint64_t at, std::uint64_t part) {
    sum.part[part] += sums[at];
    size.part[part] += sizes[at];
  });
  return sum.total() / size.total();
}

template <class Figure>
std::vector<double> replicate(const BootstrapOptions& options, Figure figure) {
  std::vector<double> found(options.replicates);
  const auto run = [&](std::uint32_t first, std::uint32_t end) {
    for (std::uint32_t i = first; i < end; ++i) found[i] = figure(ReplicateRandom(options, i));
  };
  const std::uint32_t threads = std::max(1U, options.threads);
  const std::uint32_t share = options.replicates / threads + 1;
  std::vector<std::future<void>> others;
  for (std::uint32_t first = share; first < options.replicates; first += share)
    others.push_back(
        std::async(std::launch::async, run, first, std::min(first + share, options.replicates)));
  run(0, std::min(share, options.replicates));
  for (auto& other : others) other.get();
  return found;
}

/// The order statistic at a fraction of the way from the least to the greatest.
double quantile(std::vector<double>& values, double fraction) {
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(place);
  const auto at = values.begin() + below;
  std::nth_element(values.begin(), at, values.end());
  if (at + 1 == values.end()) return *at;
  const double above = *std::min_element(at + 1, values.end());
  return *at + (place - static_cast<double>(below)) * (above - *at);
}

}  // namespace

std::vector<double> bootstrap_means(std::span<const double> values,
                                    const BootstrapOptions& options) {
  assert(!values.empty());
  return replicate(options, [values](ReplicateRandom random) { return one_mean(values, random); });
}

std::vector<double> bootstrap_ratios(std::span<const double> sums, std::span<const double> sizes,
                                     const BootstrapOptions& options) {
  assert(sums.size() == sizes.size() && !sums.empty());
  return replicate(
      options, [sums, sizes](ReplicateRandom random) { return one_ratio(sums, sizes, random); });
}

Bounds percentile_interval(std::vector<double> replicates) {
  std::erase_if(replicates, [](double value) { return !std::isfinite(value); });
  assert(!replicates.empty());
  const double low = quantile(replicates, 0.025);
  return {low, quantile(replicates, 0.975)};
}

}  // namespace tally::aggregator
