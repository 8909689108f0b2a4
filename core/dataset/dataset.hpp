#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/digest.hpp"
#include "core/config/run_config.hpp"

namespace tally {

/// One row of a dataset.
struct Doc {
  std::string id;  ///< The `id` column as text ("001" stays "001"), or the row number in the file.
  std::string hash;  ///< 16 hex of SHA-256 over id-independent content (input, target, data).
  std::string text;  ///< The question or prompt.
  std::vector<float> features;  ///< classify: the input row.
  std::string target;           ///< The expected answer as text; may be empty, "0" or "false".
  std::string data;             ///< What the format adds, as JSON: docs/formats.md#doc-data.
  std::string group;            ///< The value of `group_by` as text; empty without.
  friend bool operator==(const Doc&, const Doc&) = default;
};

/// Reads every selected row, in file order, at most `limit` (0: all).
/// Reads CSV (RFC 4180, BOM and CRLF accepted, cells stay text), JSONL, and the JSON of the
/// benchmarks in docs/formats.md#doc-data, each also
/// as .gz (several members; a truncated one is an error, never fewer docs). Throws Error(missing |
/// io), or Error(data) with file and line: a cell that is no number, a missing key or column, a row
/// of another width, a doc id that stands twice, invalid UTF-8.
[[nodiscard]] std::vector<Doc> read_docs(const DatasetSpec& spec, const std::filesystem::path& file,
                                         std::uint64_t limit);

/// What read_docs() would return, in short.
struct DocsSurvey {
  std::uint64_t docs = 0;
  Digest prompts;  ///< Of what every doc gives a model, in order: docs/formats.md#prompts.
};

/// The same parse, nothing kept.
[[nodiscard]] DocsSurvey survey_docs(const DatasetSpec& spec, const std::filesystem::path& file,
                                     std::uint64_t limit);

}  // namespace tally
