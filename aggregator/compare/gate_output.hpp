#pragma once
#include <string>

#include "aggregator/compare/gate.hpp"

namespace tally::aggregator {

/// For people: a line per check. The last line starts with the verdict. `baseline` may be null.
[[nodiscard]] std::string gate_text(const PublishedRun& run, const PublishedRun* baseline,
                                    const GateReport& report);

/// One JSON object on one line, keys in fixed order: docs/formats.md#gate.
[[nodiscard]] std::string gate_json(const PublishedRun& run, const PublishedRun* baseline,
                                    const GateOptions& options, const GateReport& report);

}  // namespace tally::aggregator
