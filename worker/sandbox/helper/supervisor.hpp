#pragma once
#include <string>

namespace tally::worker {

/// `tally-sandbox --serve`: answers the requests that come through the socket on descriptor 0, one
/// at a time, until its end. `bubblewrap`: path of bwrap; empty: no isolation. Started as root it
/// becomes uid 65534 before it starts bubblewrap: process limits do not bind root.
/// The end of the socket while a program runs kills the program. Returns the exit code.
int serve(const std::string& bubblewrap);

}  // namespace tally::worker
