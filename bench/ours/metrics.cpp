// bench-metrics columns: accuracy with its error, and pass@1,5,10, of 1000 tasks of 500 docs of 10
// draws, from a column of scores as the merged file has it (in order of ordinals).
// bench-metrics rows: the same by the way `aggregate` goes, with outcomes, tokens and times
// counted. bench-metrics bootstrap: percentile intervals of 1000 tasks by bootstrap, one thread.
// Prints milliseconds of CPU, and the figures for comparison.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aggregator/metrics/bootstrap.hpp"
#include "aggregator/metrics/draws.hpp"
#include "aggregator/metrics/task_figures.hpp"
#include "bench/score_data.hpp"
#include "core/base/error.hpp"
#include "core/base/tool_main.hpp"

namespace tally::bench {
namespace {

using namespace tally::aggregator;

const std::vector<std::string> kMean{"accuracy"};
const std::vector<std::string> kPass{"pass@1", "pass@5", "pass@10"};

/// Sum over tasks and metrics of the figures' values.
double figures_of_columns(const std::vector<double>& score, const std::vector<std::string>& names) {
  std::array<std::uint32_t, kDraws> draws{};
  std::iota(draws.begin(), draws.end(), 0U);
  double sum = 0.0;
  for (std::size_t config = 0; config < kConfigs; ++config) {
    std::vector<std::unique_ptr<Metric>> metrics;
    for (const std::string& name : names) metrics.push_back(make_metric(name, {}));
    for (std::size_t doc = 0; doc < kDocs; ++doc) {
      DocSample sample;
      sample.first_ordinal = (config * kDocs + doc) * kDraws;
      sample.repeats = kDraws;
      sample.scores = std::span(score).subspan(sample.first_ordinal, kDraws);
      sample.rows = draws;
      sample.correct = correct_draws(sample.scores);
      for (const auto& metric : metrics) metric->add(sample);
    }
    for (const auto& metric : metrics) sum += metric->finish().value().value;
  }
  return sum;
}

RowBlock block_of(const std::vector<double>& score, std::size_t config) {
  constexpr std::size_t kSize = kDocs * kDraws;
  RowBlock block;
  block.first = config * kSize;
  block.outcome.assign(kSize, 0);
  block.finish_reason.assign(kSize, 1);
  block.score.assign(score.begin() + static_cast<std::ptrdiff_t>(block.first),
                     score.begin() + static_cast<std::ptrdiff_t>(block.first + kSize));
  block.tokens_in.assign(kSize, 100);
  block.tokens_out.assign(kSize, 200);
  block.seconds.assign(kSize, 0.5F);
  return block;
}

double figures_of_rows(const std::vector<RowBlock>& blocks, const std::vector<std::string>& names) {
  double sum = 0.0;
  for (std::size_t config = 0; config < kConfigs; ++config) {
    Task task;
    task.index = config;
    task.first = blocks[config].first;
    task.docs = kDocs;
    task.repeats = kDraws;
    TaskReducer reducer(task, "task", names, {});
    reducer.add(blocks[config]);
    for (const Estimate& figure : reducer.finish().metrics) sum += figure.value;
  }
  return sum;
}

template <class Figures>
void measure(const char* prefix, Figures figures) {
  for (const auto& [name, metrics] : {std::pair{"mean", kMean}, std::pair{"pass", kPass}}) {
    const double start = cpu_milliseconds();
    const double sum = figures(metrics);
    fmt::print("{}{} {}\n{}{}-figure {:.17g}\n", prefix, name, cpu_milliseconds() - start, prefix,
               name, sum / static_cast<double>(kConfigs));
  }
}

void columns() {
  const std::vector<double> score = scores();
  measure("", [&](const auto& names) { return figures_of_columns(score, names); });
}

void rows() {
  const std::vector<double> score = scores();
  std::vector<RowBlock> blocks;
  for (std::size_t config = 0; config < kConfigs; ++config)
    blocks.push_back(block_of(score, config));
  measure("rows-", [&](const auto& names) { return figures_of_rows(blocks, names); });
}

void bootstrap() {
  std::vector<std::vector<double>> values;
  for (std::size_t config = 0; config < kConfigs; ++config) values.push_back(doc_values(config));
  std::vector<Bounds> found;
  const double start = cpu_milliseconds();
  for (std::size_t config = 0; config < kConfigs; ++config)
    found.push_back(percentile_interval(bootstrap_means(
        values[config],
        {.seed = 7, .ordinal = config * kDocs, .replicates = kReplicates, .threads = 1})));
  fmt::print("bootstrap {}\n", (cpu_milliseconds() - start) / static_cast<double>(kConfigs));
  for (std::size_t config = 0; config < 100; ++config)
    fmt::print("low-{} {:.17g}\nhigh-{} {:.17g}\n", config, found[config].low, config,
               found[config].high);
}

int run(std::string_view mode) {
  if (mode == "columns") columns();
  if (mode == "rows") rows();
  if (mode == "bootstrap") bootstrap();
  return mode == "columns" || mode == "rows" || mode == "bootstrap" ? 0 : 64;
}

}  // namespace
}  // namespace tally::bench

int main(int argc, char** argv) {
  return tally::tool_main("bench-metrics", [&] {
    if (argc != 2) throw tally::Error(tally::Errc::usage, "expected columns, rows or bootstrap");
    return tally::bench::run(argv[1]);
  });
}
