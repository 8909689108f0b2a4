#pragma once
#include "core/config/faults.hpp"
#include "core/config/node.hpp"
#include "core/config/run_config.hpp"

namespace tally {

/// Writes one override into the tree, before it is read: whatever it makes of the tree is checked
/// like the file. Parts of the key are keys of maps; in lists an index, or an element's name, slug
/// or (for tasks without a name) evaluator. `sampling.*` and `params.*` mean every task.
void apply_override(Node& root, const Override& override_spec, Faults& faults);

}  // namespace tally
