#pragma once
#include <chrono>

#include "launcher/backend.hpp"

namespace tally::launcher {

/// Ends what is at work or queued for `run`, on the backend of its newest submission, and waits for
/// the end, at most `timeout`: ranks commit what they have. Throws as Backend::cancel().
[[nodiscard]] Cancelled cancel_run(const RunDir& run, std::chrono::milliseconds timeout);

}  // namespace tally::launcher
