#pragma once
#include "core/config/run_config.hpp"
#include "worker/sandbox/program.hpp"
#include "worker/scorers/code/code_doc.hpp"

namespace tally::worker {

/// Of one test: what the config says, else by style. Processor time is what judges; wall time is
/// three times as much where the config gives none, because a busy node is no fault of a program.
/// For the same reason up to nine times that again is granted to who gets no processor.
[[nodiscard]] SandboxLimits candidate_limits(CodeDoc::Style style, const LimitsSpec& given);

/// Of the checker that asks such a candidate: it must outlive it.
[[nodiscard]] SandboxLimits checker_limits(const SandboxLimits& candidate);

}  // namespace tally::worker
