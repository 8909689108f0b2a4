#include "core/base/version.hpp"

namespace tally {

std::string_view code_version() noexcept { return TALLY_VERSION; }

}  // namespace tally
