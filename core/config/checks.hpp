#pragma once
#include "core/config/faults.hpp"
#include "core/config/node.hpp"
#include "core/config/run_config.hpp"

namespace tally {

/// What no single key can tell: names are unique, references have a target, models fit their
/// evaluators, metrics get enough repeats. `root` is the tree `config` was read from, for lines.
/// What hangs on a key that is faulty already is not reported again.
void check_config(const RunConfig& config, const Node& root, Faults& faults);

}  // namespace tally
