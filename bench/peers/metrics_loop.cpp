// The limit for P11 and P12: loops that do nothing but the sums.
// bench-metrics-loop metrics: mean, variance and count by config, and pass@1,5,10 by counts and a
// table, of shuffled rows. bench-metrics-loop bootstrap: resampled means by xoshiro256**, two
// indices a word, and the lower percentile. Prints milliseconds of CPU.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "bench/score_data.hpp"

namespace {

using namespace tally::bench;

struct Rows {
  std::vector<std::uint32_t> config, doc;
  std::vector<double> score;
};

Rows shuffled() {
  const std::vector<double> ordered = scores();
  std::vector<std::uint32_t> number(kRows);
  std::iota(number.begin(), number.end(), 0U);
  std::mt19937_64 random(1);
  std::shuffle(number.begin(), number.end(), random);
  Rows rows;
  for (const std::uint32_t row : number) {
    rows.config.push_back(static_cast<std::uint32_t>(row / (kDocs * kDraws)));
    rows.doc.push_back(static_cast<std::uint32_t>(row / kDraws % kDocs));
    rows.score.push_back(ordered[row]);
  }
  return rows;
}

double means(const Rows& rows) {
  struct Sums {
    double sum = 0.0, squares = 0.0, count = 0.0;
  };
  std::vector<Sums> sums(kConfigs);
  for (std::size_t i = 0; i < kRows; ++i) {
    Sums& to = sums[rows.config[i]];
    to.sum += rows.score[i];
    to.squares += rows.score[i] * rows.score[i];
    to.count += 1.0;
  }
  double all = 0.0;
  for (const Sums& each : sums) all += each.sum / each.count;
  return all;
}

double passes(const Rows& rows) {
  std::vector<std::uint16_t> n(kConfigs * kDocs), c(kConfigs * kDocs);
  for (std::size_t i = 0; i < kRows; ++i) {
    const std::size_t at = rows.config[i] * kDocs + rows.doc[i];
    ++n[at];
    if (rows.score[i] > 0.5) ++c[at];
  }
  double all = 0.0;
  for (const int k : {1, 5, 10}) {
    std::array<std::array<double, kDraws + 1>, kDraws + 1> table{};
    for (int draws = 0; draws <= static_cast<int>(kDraws); ++draws) {
      for (int right = 0; right <= draws; ++right) {
        double wrong = 1.0;
        for (int i = 0; i < k; ++i)
          wrong *= std::max(draws - right - i, 0) / static_cast<double>(std::max(draws - i, 1));
        table[static_cast<std::size_t>(draws)][static_cast<std::size_t>(right)] = 1.0 - wrong;
      }
    }
    for (std::size_t at = 0; at < n.size(); ++at) all += table[n[at]][c[at]];
  }
  return all / static_cast<double>(kDocs);
}

std::array<std::uint64_t, 4> state{1, 2, 3, 4};

std::uint64_t rotated(std::uint64_t x, unsigned by) { return x << by | x >> (64U - by); }

std::uint64_t next() {
  const std::uint64_t out = rotated(state[1] * 5, 7) * 9;
  const std::uint64_t kept = state[1] << 17U;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= kept;
  state[3] = rotated(state[3], 45);
  return out;
}

double bootstrap(const std::vector<std::vector<double>>& configs) {
  double all = 0.0;
  for (const std::vector<double>& values : configs) {
    std::vector<double> found(kReplicates);
    for (double& mean : found) {
      double one = 0.0, other = 0.0;
      for (std::size_t i = 0; i < kDocs; i += 2) {
        const std::uint64_t word = next();
        one += values[(word & 0xFFFFFFFFU) * kDocs >> 32U];
        other += values[(word >> 32U) * kDocs >> 32U];
      }
      mean = (one + other) / kDocs;
    }
    std::nth_element(found.begin(), found.begin() + 25, found.end());
    all += found[25];
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  if (std::strcmp(argv[1], "bootstrap") == 0) {
    std::vector<std::vector<double>> configs;
    for (std::size_t config = 0; config < kConfigs; ++config) configs.push_back(doc_values(config));
    const double start = cpu_milliseconds();
    const double sum = bootstrap(configs);
    std::printf("bootstrap %.6g\nfigure %.6g\n", (cpu_milliseconds() - start) / kConfigs, sum);
    return 0;
  }
  const Rows rows = shuffled();
  double start = cpu_milliseconds();
  double sum = means(rows);
  std::printf("mean %.6g\nmean-figure %.17g\n", cpu_milliseconds() - start, sum / kConfigs);
  start = cpu_milliseconds();
  sum = passes(rows);
  std::printf("pass %.6g\npass-figure %.17g\n", cpu_milliseconds() - start, sum / kConfigs);
  return 0;
}
