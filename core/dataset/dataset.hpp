#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/config/run_config.hpp"

namespace tally {

/// One row of a dataset.
struct Doc {
  std::string id;  ///< The `id` column as text ("001" stays "001"), or the row number in the file.
  std::string hash;  ///< 16 hex of SHA-256 over id-independent content (input and target).
  std::string text;  ///< free_response: the question or prompt.
  std::vector<float> features;  ///< classify: the input row.
  std::string target;           ///< The expected answer as text; may be empty, "0" or "false".
  friend bool operator==(const Doc&, const Doc&) = default;
};

/// Reads every selected row, in file order, at most `limit` (0: all).
/// Reads CSV (RFC 4180, BOM and CRLF accepted, cells stay text), JSONL and GSM8K JSONL, each also
/// as .gz (several members; a truncated one is an error, never fewer docs). Throws Error(missing |
/// io), or Error(data) with file and line: a cell that is no number, a missing key or column, a row
/// of another width, a doc id that stands twice, invalid UTF-8.
[[nodiscard]] std::vector<Doc> read_docs(const DatasetSpec& spec, const std::filesystem::path& file,
                                         std::uint64_t limit);

/// Rows that read_docs() would return: the same parse, nothing kept.
[[nodiscard]] std::uint64_t count_docs(const DatasetSpec& spec, const std::filesystem::path& file,
                                       std::uint64_t limit);

}  // namespace tally
