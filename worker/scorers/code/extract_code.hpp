#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::worker {

/// Takes the program out of a completion, under a named rule of
/// docs/metrics.md#programs-in-completions.
struct CodeExtractor {
  std::string_view name;
  /// Nothing when there is no program, or only white space. Pure and thread-safe; takes any bytes,
  /// in linear time.
  std::optional<std::string> (*extract)(std::string_view completion) = nullptr;
  /// What was taken goes on where the doc's prompt ends, instead of being a whole program.
  bool continues_prompt = false;
};

/// The names that find_code_extractor() knows: raw, humaneval:raw, first_block, lcb:last_block,
/// opencompass:first_block, lm_eval:mbpp_first_block.
[[nodiscard]] const std::vector<std::string_view>& code_extractors() noexcept;

/// Throws Error(config) for another name.
[[nodiscard]] const CodeExtractor& find_code_extractor(std::string_view name);

}  // namespace tally::worker
