#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/shard/record.hpp"

namespace tally::worker {

/// One completion that a line holds. Views are valid until the next line is parsed.
struct ReplaySample {
  std::optional<std::uint64_t> index;  ///< Which repeat; absent when the line does not say.
  std::string_view text;               ///< Empty for null.
  std::vector<double> loglikelihoods;  ///< One per choice, where the line has them.
  bool of_letters = false;             ///< See scores_letters().
  FinishReason finish_reason = FinishReason::unknown;
  std::uint32_t tokens_in = 0;
  std::uint32_t tokens_out = 0;
  std::string error;  ///< Not empty: there is no completion, and why.
};

/// The id of a doc. A dataset's reader may keep a number as it is written or in its shortest form.
struct ReplayId {
  std::string text;     ///< Of a number its shortest form: "7" of 7.0.
  std::string written;  ///< Of a number with a fraction or an exponent what the line has: "7.0".
};

/// One line of a completions file.
struct ReplayLine {
  ReplayId id;
  std::optional<std::string_view> model;    ///< Whose completion it is, when the line says.
  std::optional<std::string_view> dataset;  ///< `dataset` or `task`.
  std::optional<std::string_view> filter;   ///< lm-eval repeats a doc once per filter.
  std::vector<ReplaySample> samples;
};

/// Reads lines of our own replay format, lm-eval's samples_*.jsonl, OpenAI batch output and the
/// sample files of human-eval and evalplus. The first key that is there and not null counts:
///   doc id:      doc_id, task_id, custom_id, key, id, question_id (a number becomes its text); in
///                lm-eval's lines id before these, because their doc_id is a row number
///   completion:  completion, response, solution, prediction, output (here null counts: no text),
///                resps[0][i], response.body.choices[i].message.content
///   loglikelihoods: an array of numbers, null (NaN) and texts like "-1.2", "nan" and "-inf",
///   beside
///                a completion or instead of one; lm-eval's resps of multiple choice, one request
///                per choice: [["-1.2", "False"], ...] or [[["-1.2", "False"], ...], ...]
///   repeat:      sample_idx, repeat, index; the position i where there are several
///   whose:       model (a text, or {id}); dataset, task
///   tokens:      usage {in, out}, or prompt_tokens and completion_tokens in usage or on their own
///   the rest:    finish_reason; error {kind, msg}, {code, message} or a text
/// Not thread-safe.
class ReplayParser {
 public:
  explicit ReplayParser(std::filesystem::path file);
  ~ReplayParser();

  /// `text` has LineReader::kPadding readable bytes behind it; `number` is its line for messages.
  /// Throws Error(data) with file, line and key: no JSON object, no id, no completion.
  [[nodiscard]] ReplayLine parse(std::string_view text, int number);
  /// What the line parsed last has under the first of `keys` in its `doc`, where lm-eval keeps the
  /// row of the dataset: the doc's id, if these are the keys that its dataset takes ids from.
  /// Nothing when there is none, in lines of other formats, and in one that has an `id` beside
  /// `doc`. Throws Error(data) for an id that is neither a text nor a number.
  [[nodiscard]] std::optional<ReplayId> id_in_doc(std::span<const std::string> keys) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tally::worker
