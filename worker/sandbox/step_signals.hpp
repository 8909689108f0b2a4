#pragma once
#include <signal.h>

namespace tally::worker {

/// What a batch system or an administrator sends to every process of a step that shall end. The
/// worker decides what becomes of it; supervisor, bubblewrap and guard end when they are told to,
/// or their program would seem to have died by itself.
inline constexpr int step_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};

}  // namespace tally::worker
