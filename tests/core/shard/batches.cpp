#include "batches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <map>

#include "core/shard/shard_reader.hpp"

namespace tally {
namespace {

std::string random_text(std::mt19937_64& random, std::size_t longest) {
  std::string text(random() % 3 == 0 ? 0 : random() % (longest + 1), '\0');
  const bool is_noise = random() % 2 == 0;
  for (char& c : text) {
    if (is_noise) {
      c = static_cast<char>(random());
    } else {
      c = "the \0 cat"[random() % 9];
    }
  }
  return text;
}

double finite_number(std::mt19937_64& random) {
  const auto number = std::bit_cast<double>(random());
  return std::isfinite(number) ? number : 0.5;
}

}  // namespace

RecordBatch random_batch(std::mt19937_64& random, const BatchShape& shape) {
  RecordBatch batch;
  for (std::size_t i = 0; i < shape.metrics; ++i) {
    batch.metric_names.push_back(fmt::format("m{}", shape.metrics - i));
  }
  const bool has_text[kTexts] = {random() % 4 != 0, random() % 2 != 0, random() % 2 != 0, false};
  Ordinal ordinal = shape.first;
  for (std::size_t row = 0; row < shape.rows; ++row) {
    Record record;
    record.ordinal = ordinal;
    ordinal += random() % 5 == 0 ? 1 + random() % 1000 : 1;
    record.outcome = static_cast<Outcome>(random() % kOutcomes);
    record.finish_reason = static_cast<FinishReason>(random() % 5);
    if (is_counted(record.outcome)) record.score = 0.0;
    if (record.outcome == Outcome::scored) record.score = finite_number(random);
    record.tokens_in = static_cast<std::uint32_t>(random());
    record.tokens_out = static_cast<std::uint32_t>(random());
    record.seconds = static_cast<float>(random() % 1000) / 7.0F;
    record.attempt = 1 + static_cast<std::uint32_t>(random() % 3);
    for (std::size_t i = 0; i < kTexts; ++i) {
      if (has_text[i]) record.texts[i] = random_text(random, shape.longest_text);
    }
    for (std::size_t i = 0; i < shape.metrics; ++i) {
      record.metrics.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    }
    batch.add(record);
  }
  return batch;
}

Record plain_record(Ordinal ordinal) {
  Record record;
  record.ordinal = ordinal;
  record.outcome = Outcome::scored;
  record.score = static_cast<double>(ordinal);
  record.texts[0] = fmt::format("text of {}", ordinal);
  return record;
}

RecordBatch batch_of(const std::vector<Record>& records) {
  RecordBatch batch;
  for (const Record& record : records) batch.add(record);
  return batch;
}

std::string print(const Record& record, const std::vector<std::string>& names) {
  std::string out =
      fmt::format("{} {} {} {:x} {} {} {:x} {}", record.ordinal, static_cast<int>(record.outcome),
                  static_cast<int>(record.finish_reason),
                  std::bit_cast<std::uint64_t>(record.score), record.tokens_in, record.tokens_out,
                  std::bit_cast<std::uint32_t>(record.seconds), record.attempt);
  for (const std::string& text : record.texts) {
    out += fmt::format(" {}:{}", text.size(), sha256(std::string_view(text)).short_hex());
  }
  std::map<std::string, std::uint32_t> metrics;
  for (std::size_t i = 0; i < names.size(); ++i) {
    metrics[names[i]] = std::bit_cast<std::uint32_t>(record.metrics[i]);
  }
  for (const auto& [name, bits] : metrics) out += fmt::format(" {}={:x}", name, bits);
  return out;
}

std::string print(const RecordBatch& batch) {
  std::string out;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    out += print(batch.row(row), batch.metric_names) + "\n";
  }
  return out;
}

ShardOrigin test_origin() {
  return {
      "digits", sha256(std::string_view("plan")), ElementId(12), RankId(3), AttemptId(2), "0.1.0",
      "node7"};
}

std::filesystem::path TestRun::put(const std::vector<std::byte>& bytes) const {
  const ShardOrigin origin = test_origin();
  const ShardName name{origin.element, origin.rank, origin.attempt, 0, sha256(bytes).short_hex()};
  const auto file = run_.shards() / name.text();
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file;
}

std::vector<std::string> TestRun::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(run_.shards())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

RecordBatch TestRun::read(const std::string& name) const {
  const auto file = run_.shards() / name;
  return read_batch(ShardReader(read_verified_shard(file), file));
}

}  // namespace tally
