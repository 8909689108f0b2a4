#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tally::worker {

/// Takes the answer out of a completion; nothing when there is none. Pure and thread-safe; takes
/// any bytes in linear time. Throws Error(data) when a text exhausts the matcher's limits: then
/// nobody knows the answer, and the item is invalid. Rules:
/// docs/metrics.md#extractors-and-comparators.
using Extractor = std::optional<std::string> (*)(std::string_view completion);

struct NamedExtractor {
  std::string_view name;  ///< `<whose rule>:<which>`, or a bare word for ours.
  Extractor extract = nullptr;
};

/// The families of rules, one a source file.
[[nodiscard]] std::span<const NamedExtractor> gsm8k_extractors() noexcept;
[[nodiscard]] std::span<const NamedExtractor> mmlu_extractors() noexcept;
[[nodiscard]] std::span<const NamedExtractor> plain_extractors() noexcept;

/// Throws Error(config) for a name that no family has.
[[nodiscard]] Extractor find_extractor(std::string_view name);

}  // namespace tally::worker
