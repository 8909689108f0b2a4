#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tally::worker {

/// Takes the answer out of a completion; nothing when there is none. Pure and thread-safe; takes
/// any bytes. Throws Error(data) when a text exhausts the matcher's limits: then nobody knows the
/// answer, and the item is invalid. Rules: docs/metrics.md#extractors-and-comparators.
using Extractor = std::optional<std::string> (*)(std::string_view completion);

/// `openai:gsm8k` | `lm_eval:gsm8k_strict` | `lm_eval:gsm8k_flexible` | `numeric` | `exact`.
/// Throws Error(config) for another name.
[[nodiscard]] Extractor find_extractor(std::string_view name);

}  // namespace tally::worker
