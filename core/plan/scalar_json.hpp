#pragma once
#include <string>

#include "core/config/run_config.hpp"

namespace tally {

/// A scalar of `params` as JSON. A double always has a '.' or an exponent, so that 1.0 comes back
/// as a double and 1 as an integer: they are different tasks.
[[nodiscard]] std::string scalar_json(const Scalar& scalar);

}  // namespace tally
