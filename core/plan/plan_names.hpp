#pragma once
#include <string_view>
#include <vector>

// How plan.json spells enums: position = value. Words are on disk: never change one.

namespace tally::plan_names {

inline const std::vector<std::string_view> kBackends{"torchscript", "replay"};
inline const std::vector<std::string_view> kDuplicates{"error", "first", "last"};
inline const std::vector<std::string_view> kSampleIndexes{"field", "occurrence"};
inline const std::vector<std::string_view> kFormats{
    "csv", "jsonl", "gsm8k", "humaneval", "mbpp", "lcb", "apps", "codecontests", "ifeval", "mmlu"};
inline const std::vector<std::string_view> kSandboxes{"bubblewrap", "none"};
inline const std::vector<std::string_view> kIntervals{"auto", "t", "wilson", "bootstrap"};
inline const std::vector<std::string_view> kShortDocs{"drop_k", "skip_doc", "error"};
inline const std::vector<std::string_view> kClusters{"doc", "group"};
inline constexpr std::string_view kMagic = "tally-plan";
inline constexpr unsigned kVersion = 1;

/// The spelling of an enum's value.
template <class Enum>
[[nodiscard]] std::string_view name(const std::vector<std::string_view>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace tally::plan_names
