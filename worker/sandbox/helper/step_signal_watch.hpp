#pragma once
#include <chrono>

// The signals of a step are blocked in the supervisor, where they wait to be asked about: a program
// that ended by one that was sent to everybody did not end by itself.

namespace tally::worker {

/// Blocks them for this process and has what it starts ignore them, until it says otherwise.
void hold_step_signals();
/// Those that came are forgotten.
void forget_step_signals();
/// Whether this signal, one of a step's, came since they were forgotten. Who signals many takes
/// them one by one, and may lose its processor between two: when it has not come, it is waited for,
/// so much time in which this process runs. Only a program that ended by such a signal costs that.
[[nodiscard]] bool step_signal_came(int number, std::chrono::milliseconds most);

}  // namespace tally::worker
