#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan/run_dir.hpp"
#include "core/shard/record.hpp"
#include "core/shard/shard_writer.hpp"
#include "temp_dir.hpp"

namespace tally {

/// How large and how odd random batches are.
struct BatchShape {
  std::size_t rows = 40;
  std::size_t metrics = 0;
  std::size_t longest_text = 300;
  Ordinal first = 0;
};

/// Records with ascending ordinals (with gaps), every outcome, NaN scores, empty texts, NUL bytes
/// and bytes that are no UTF-8.
[[nodiscard]] RecordBatch random_batch(std::mt19937_64& random, const BatchShape& shape);

/// A record with its ordinal in the score and a short completion.
[[nodiscard]] Record plain_record(Ordinal ordinal);
[[nodiscard]] RecordBatch batch_of(const std::vector<Record>& records);

/// What a record holds, as text that differs whenever a bit does (NaN included).
[[nodiscard]] std::string print(const Record& record, const std::vector<std::string>& names);
/// One line per record; metric columns by name, so their order does not matter.
[[nodiscard]] std::string print(const RecordBatch& batch);

[[nodiscard]] ShardOrigin test_origin();

/// shards/ and temp/ of a run, without the rest of it.
class TestRun {
 public:
  TestRun() : run_(dir_.path()) {
    std::filesystem::create_directory(run_.shards());
    std::filesystem::create_directory(run_.temp());
  }
  [[nodiscard]] const RunDir& get() const { return run_; }
  /// Writes `bytes` into shards/ under the name that their digest gives them.
  [[nodiscard]] std::filesystem::path put(const std::vector<std::byte>& bytes) const;
  [[nodiscard]] std::vector<std::string> names() const;  ///< Of shards/, sorted.
  [[nodiscard]] RecordBatch read(const std::string& name) const;

 private:
  TempDir dir_;
  RunDir run_;
};

}  // namespace tally
