#pragma once
#include <string_view>
#include <vector>

namespace tally::worker {

/// The names that same_output() knows: exact, rstrip_lines, lcb, codecontests, tokens_tol.
[[nodiscard]] const std::vector<std::string_view>& output_comparators() noexcept;

/// Whether what a program wrote counts as the expected output, under a named rule of
/// docs/metrics.md#outputs-of-programs. `abs` and `rel` are the tolerances of `tokens_tol`, >= 0;
/// the other rules have their own. Pure and thread-safe; takes any bytes, in time and memory linear
/// in both texts. Throws Error(config) for a name of no rule.
[[nodiscard]] bool same_output(std::string_view name, std::string_view found,
                               std::string_view expected, double abs, double rel);

}  // namespace tally::worker
