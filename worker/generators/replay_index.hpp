#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/run_config.hpp"
#include "core/shard/record.hpp"
#include "worker/generators/replay_line.hpp"

namespace tally::worker {

/// Bytes that live as long as the arena, without an allocation each.
class TextArena {
 public:
  /// A copy of `text`; stays where it is.
  std::string_view add(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t left_ = 0;
  char* next_ = nullptr;
};

/// Where a line of lm-eval's has the id of a doc of this dataset: keys of its `doc`, the first that
/// is there counts. None for a dataset whose ids are row numbers, as lm-eval's `doc_id` is.
[[nodiscard]] std::vector<std::string> lm_eval_id_keys(const DatasetSpec& dataset);

/// Whose completions a file is read for.
struct ReplaySource {
  std::filesystem::path file;
  std::string model;                  ///< Lines that name another one are skipped.
  std::vector<std::string> datasets;  ///< Slugs; so are lines that name none of these.
  Duplicates duplicates = Duplicates::error;
  SampleIndex sample_index = SampleIndex::field;
  std::vector<std::vector<std::string>> id_keys;  ///< lm_eval_id_keys() of each dataset, or empty.
  [[nodiscard]] std::string dataset_names() const;  ///< "a, b", for messages.
};

/// The bytes of the doubles of a completion: a text arena aligns nothing.
[[nodiscard]] std::vector<double> unpack_doubles(std::string_view bytes);

/// A completion of the file.
struct ReplayEntry {
  std::string_view id;  ///< A number written 7.0 has two entries: "7" and "7.0".
  std::string_view text;
  std::string_view error;           ///< Not empty: a generation error.
  std::string_view loglikelihoods;  ///< For unpack_doubles().
  std::uint32_t dataset = 0;        ///< Index into ReplaySource::datasets.
  std::uint32_t repeat = 0;
  std::uint32_t tokens_in = 0;
  std::uint32_t tokens_out = 0;
  int line = 0;
  FinishReason finish_reason = FinishReason::unknown;
  bool of_letters = false;
};

/// All completions of one file, by dataset, doc id and repeat. The order of the lines does not
/// matter unless the source says so (duplicates first | last, sample_index occurrence). Read-only
/// after building, then thread-safe.
class ReplayIndex {
 public:
  /// Reads the file once. Throws Error(missing | io | data); the last with file and line, also for
  /// a (doc, repeat) that stands twice, and for a line that does not name its dataset when there
  /// are several.
  explicit ReplayIndex(const ReplaySource& source);
  /// The entry, or nullptr. Owned by the index.
  [[nodiscard]] const ReplayEntry* find(std::uint32_t dataset, std::string_view id,
                                        std::uint32_t repeat) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Lines that belong to another model, dataset or filter.
  [[nodiscard]] std::size_t skipped() const noexcept { return skipped_; }

 private:
  void read(const ReplaySource& source);
  // The samples of a line as `entry`, which has dataset, id and line.
  void add(const ReplayLine& line, ReplayEntry& entry,
           const std::function<std::uint32_t(const ReplaySample&)>& repeat_of);
  void settle_duplicates(const ReplaySource& source);

  TextArena arena_;
  std::vector<ReplayEntry> entries_;
  std::size_t skipped_ = 0;
};

}  // namespace tally::worker
