#pragma once
#include <string>
#include <vector>

namespace tally::worker {

/// The program that the probe runs in a new sandbox: it tries what must fail there, and writes a
/// line for everything that did not ("network: connected to the host"). Arguments: TCP port of a
/// listener on the host's loopback, name of an abstract socket, a file of the host, a process id of
/// the host, and a word that marks what it leaves running: a process that outlives it. Exit code 0
/// always: the lines are the verdict, and "canary: sang" is the last.
int canary_main(const std::vector<std::string>& arguments);

}  // namespace tally::worker
