#pragma once
#include <functional>
#include <string_view>

namespace tally {

/// Runs `body` as the whole of a program: logs go to stderr, what escapes is logged once, and the
/// exit code is body's own, the Errc of an Error, 74 for a full disk met by the library, or 70 for
/// a bug. stdout is flushed and checked: data that could not be written gives 74.
int tool_main(std::string_view tool, const std::function<int()>& body) noexcept;

}  // namespace tally
