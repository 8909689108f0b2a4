#pragma once
#include <string>

#include "aggregator/compare/compare.hpp"

namespace tally::aggregator {

/// For people. Control characters of names are replaced. The last line starts with the verdict.
[[nodiscard]] std::string compare_text(const PublishedRun& a, const PublishedRun& b,
                                       const RunComparison& comparison);

/// One JSON object on one line, keys in fixed order: docs/formats.md#comparison. What is undefined
/// is absent.
[[nodiscard]] std::string compare_json(const PublishedRun& a, const PublishedRun& b,
                                       const RunComparison& comparison);

}  // namespace tally::aggregator
