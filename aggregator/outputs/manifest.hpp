#pragma once
#include <string>

#include "aggregator/outputs/merge_facts.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// The bytes of manifest.json: what the results were made of, with digests. A function of its
/// arguments. Format: docs/formats.md#manifest.
[[nodiscard]] std::string manifest_json(const Plan& plan, const MergeFacts& facts,
                                        const Totals& totals);

}  // namespace tally::aggregator
