#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "core/config/faults.hpp"
#include "core/config/node.hpp"
#include "core/config/run_config.hpp"

namespace tally {

/// What no single key can tell: names are unique, references have a target, models fit their
/// evaluators, metrics get enough repeats. `root` is the tree `config` was read from, for lines.
/// What hangs on a key that is faulty already is not reported again.
void check_config(const RunConfig& config, const Node& root, Faults& faults);

/// Slurm sends its signal up to this much earlier than it was told to.
inline constexpr std::chrono::seconds kSlurmEarly{60};

/// What is wrong with slurm.stop beside resources.time, to follow "resources.time: "; nullopt when
/// nothing is, or no time is given: ranks that are told to stop as they start never get on.
[[nodiscard]] std::optional<std::string> stop_problem(const ResourcesSpec& resources,
                                                      const SlurmSpec& slurm);

}  // namespace tally
