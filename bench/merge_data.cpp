// merge-data DIRECTORY SHARDS ROWS [--overlap]: a run whose shards are all written, for measuring
// the merge and its memory. Rows have a score, token counts and about 220 bytes of text drawn from
// 2000 words by Zipf's law. With --overlap every shard also holds the rows of the next one.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/tool_main.hpp"
#include "core/plan/run_dir.hpp"
#include "core/shard/shard_writer.hpp"

namespace {

using tally::ItemRandom;
using tally::Ordinal;

constexpr std::size_t kWords = 2000;
constexpr std::size_t kDraws = 65'536;  // resolution of the inverse distribution
constexpr std::uint64_t kSeed = 1;

class Texts {
 public:
  Texts() {
    ItemRandom random(kSeed, 0, 1);
    for (std::size_t i = 0; i < kWords; ++i) {
      std::string word(2 + random.next_u32() % 8, ' ');
      for (char& c : word) c = static_cast<char>('a' + random.next_u32() % 26);
      words_.push_back(std::move(word));
    }
    double total = 0.0;
    for (std::size_t i = 1; i <= kWords; ++i) total += std::pow(static_cast<double>(i), -1.3);
    double sum = 0.0;
    for (std::size_t i = 1; i <= kWords; ++i) {
      sum += std::pow(static_cast<double>(i), -1.3) / total;
      draws_.resize(std::min(kDraws, static_cast<std::size_t>(sum * kDraws) + 1), i - 1);
    }
    draws_.resize(kDraws, kWords - 1);
  }

  [[nodiscard]] std::string of(Ordinal ordinal) const {
    ItemRandom random(kSeed, ordinal, 2);
    std::string text;
    for (std::uint32_t left = 20 + random.next_u32() % 27; left > 0; --left) {
      text += words_[draws_[random.next_u32() % kDraws]];
      text += ' ';
    }
    return text;
  }

 private:
  std::vector<std::string> words_;
  std::vector<std::size_t> draws_;
};

tally::Plan plan_of(std::uint64_t items) {
  tally::Plan plan;
  plan.run_id = "merge";
  plan.created_at = "2026-01-01T00:00:00Z";
  plan.models.resize(1);
  plan.models[0].spec.name = "model";
  plan.models[0].file = "/completions.jsonl";
  plan.datasets.resize(1);
  plan.datasets[0].spec.slug = "dataset";
  plan.datasets[0].file = "/docs.jsonl";
  plan.datasets[0].docs = items;
  plan.entries.resize(1);
  plan.entries[0].name = "free_response";
  plan.entries[0].evaluator = tally::Evaluator::free_response;
  plan.entries[0].extractor = "numeric";
  plan.entries[0].comparator = "numeric";
  plan.entries[0].models = {"model"};
  plan.entries[0].datasets = {"dataset"};
  plan.metrics = {"accuracy"};
  plan.lay_out();
  return plan;
}

tally::Record record_of(Ordinal ordinal, const Texts& texts) {
  ItemRandom random(kSeed, ordinal, 3);
  tally::Record record;
  record.ordinal = ordinal;
  record.outcome = tally::Outcome::scored;
  record.finish_reason = tally::FinishReason::stop;
  record.score = random.next_u32() % 2 == 0 ? 1.0 : 0.0;
  record.tokens_in = 100;
  record.tokens_out = 1 + random.next_u32() % 511;
  record.seconds = 0.5F;
  record.texts[0] = texts.of(ordinal);
  return record;
}

int run(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: merge-data DIRECTORY SHARDS ROWS [--overlap]\n");
    return 64;
  }
  const std::uint64_t shards = std::strtoull(argv[2], nullptr, 10);
  const std::uint64_t rows = std::strtoull(argv[3], nullptr, 10);
  const bool overlap = argc > 4 && std::string_view(argv[4]) == "--overlap";
  const tally::Plan plan = plan_of(shards * rows);
  const auto directory = tally::RunDir::create(argv[1], plan, "version: 1\n");
  const tally::ShardOrigin origin{plan.run_id, plan.digest(), {}, {}, tally::AttemptId(1), "", ""};
  const Texts texts;
  tally::RecordBatch batch;
  for (std::uint64_t shard = 0; shard < shards; ++shard) {
    batch.clear();
    const std::uint64_t end = std::min(plan.items(), (shard + (overlap ? 2 : 1)) * rows);
    for (Ordinal i = shard * rows; i < end; ++i) batch.add(record_of(i, texts));
    commit_shard(directory, origin, static_cast<std::uint32_t>(shard), batch);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return tally::tool_main("merge-data", [&] { return run(argc, argv); });
}
