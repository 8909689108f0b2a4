#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.hpp"

namespace tally {

/// What became of an item. Stored on disk: never renumber.
enum class Outcome : std::uint8_t {
  scored = 0,            ///< Has a score.
  no_answer = 1,         ///< Nothing could be extracted; counts as 0.
  timeout = 2,           ///< The item's own limit; counts as 0.
  generation_error = 3,  ///< No completion; has no score.
  infra_error = 4,       ///< The machine's fault; has no score, is retried.
  invalid = 5,           ///< NaN score, nothing to check: never a pass, never a 0.
};
inline constexpr std::size_t kOutcomes = 6;
/// In results.h5: no record.
inline constexpr std::uint8_t kMissingOutcome = 255;

/// "scored", "no_answer", ...
[[nodiscard]] std::string_view outcome_name(Outcome outcome) noexcept;

/// Whether the item has a place in the denominator: scored, no_answer and timeout.
[[nodiscard]] constexpr bool is_counted(Outcome outcome) noexcept {
  return outcome == Outcome::scored || outcome == Outcome::no_answer || outcome == Outcome::timeout;
}

/// Why generation ended. Stored on disk: never renumber.
enum class FinishReason : std::uint8_t {
  unknown = 0,
  stop = 1,
  length = 2,
  content_filter = 3,
  error = 4
};

/// The texts of a record, in storage order. Bytes, not necessarily UTF-8.
enum class Text : std::uint8_t { completion = 0, answer = 1, error = 2, session = 3 };
inline constexpr std::size_t kTexts = 4;
[[nodiscard]] std::string_view text_name(Text text) noexcept;

/// The result of one item.
struct Record {
  Ordinal ordinal = 0;
  Outcome outcome = Outcome::infra_error;
  FinishReason finish_reason = FinishReason::unknown;
  /// scored: the score. no_answer, timeout: 0. Otherwise NaN.
  double score = std::numeric_limits<double>::quiet_NaN();
  std::uint32_t tokens_in = 0;
  std::uint32_t tokens_out = 0;
  float seconds = 0.0F;       ///< Wall time spent on the item.
  std::uint32_t attempt = 1;  ///< The item's try, 1-based.
  std::array<std::string, kTexts> texts;
  std::vector<float> metrics;  ///< One per metric column of the batch, in its order.
};

/// One text of many records: bytes end to end, and a length per record.
struct TextColumn {
  std::string bytes;
  std::vector<std::uint32_t> lengths;
};

/// Records as columns. All columns have size() rows.
struct RecordBatch {
  std::vector<std::string> metric_names;  ///< Extra metric columns, [a-z][a-z0-9_]{0,62}.
  std::vector<std::uint64_t> ordinal;
  std::vector<std::uint8_t> outcome;
  std::vector<std::uint8_t> finish_reason;
  std::vector<double> score;
  std::vector<std::uint32_t> tokens_in;
  std::vector<std::uint32_t> tokens_out;
  std::vector<float> seconds;
  std::vector<std::uint32_t> attempt;
  std::vector<std::vector<float>> metrics;  ///< [metric_names.size()][rows].
  std::array<TextColumn, kTexts> texts;

  [[nodiscard]] std::size_t size() const noexcept { return ordinal.size(); }
  /// Bytes held, texts and columns.
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Appends one record. Precondition: record.metrics.size() == metric_names.size(), attempt > 0,
  /// and each text is shorter than 4 GiB.
  void add(const Record& record);
  /// Appends all rows of `other`. A metric column that only one side has is NaN for the other's
  /// rows.
  void append(const RecordBatch& other);
  void clear() noexcept;  ///< Keeps metric_names and capacity.
  /// Row `i` as a record. O(i): it sums text lengths; for tests and small uses.
  [[nodiscard]] Record row(std::size_t i) const;
  /// Orders rows by ordinal and keeps one winner per ordinal: the one that beats() the others, or
  /// the first added of equals. A batch that is strictly ascending is left alone at the cost of one
  /// pass.
  void normalise();
};

/// Which of two records of one ordinal stands: counted before uncounted, then the higher attempt,
/// then the smaller shard name. True when `a` beats `b`. A strict weak ordering.
struct Candidate {
  Outcome outcome = Outcome::infra_error;
  std::uint32_t attempt = 0;
  std::string_view shard;
};
[[nodiscard]] bool beats(const Candidate& a, const Candidate& b) noexcept;

}  // namespace tally
