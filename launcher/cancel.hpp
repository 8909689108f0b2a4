#pragma once
#include <chrono>

#include "launcher/backend.hpp"

namespace tally::launcher {

/// Ends what is at work or queued for `run` and waits for the end, at most `timeout` on each
/// backend that a submission went to: ranks commit what they have. Throws as Backend::cancel() of
/// the newest submission's; that an older one's cannot be asked is a warning.
[[nodiscard]] Cancelled cancel_run(const RunDir& run, std::chrono::milliseconds timeout);

}  // namespace tally::launcher
