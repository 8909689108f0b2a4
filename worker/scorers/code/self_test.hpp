#pragma once
#include <optional>
#include <string>

#include "core/config/run_config.hpp"
#include "worker/scorers/code/code_runner.hpp"

namespace tally::worker {

/// Judges a right and a wrong program in every style of tests. What went otherwise, or nothing: the
/// machine is fit to judge others.
[[nodiscard]] std::optional<std::string> self_test(const CodeRunner& runner,
                                                   const LimitsSpec& limits);

/// The first of these programs alone.
[[nodiscard]] bool machine_is_sound(const CodeRunner& runner, const LimitsSpec& limits);

}  // namespace tally::worker
