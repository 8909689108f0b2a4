#pragma once
#include <cstdint>
#include <optional>
#include <span>

// Figures of one doc that look at several of its draws together: `n` draws, `c` of them correct,
// k asked for. X is the number of correct ones among k of the n draws, hypergeometric.
// Formulas, edge cases and sources: docs/metrics.md. Pure functions, thread-safe.

namespace tally::aggregator {

/// Draws with a score of 1 or more.
[[nodiscard]] std::uint64_t correct_draws(std::span<const double> scores) noexcept;

/// G-Pass@k_tau (Liu et al. 2024, arXiv 2412.13147): P(X >= max(ceil(tau k), 1)). A product tau k
/// that is an integer but for rounding is that integer. nullopt when n < k or k = 0.
/// Preconditions: c <= n, 0 <= tau <= 1.
[[nodiscard]] std::optional<double> g_pass_at_k(std::uint64_t n, std::uint64_t c, std::uint64_t k,
                                                double tau);

/// mG-Pass@k: 2/k times the sum of P(X >= i) over i = ceil(k/2) + 1 .. k. nullopt when n < k or
/// k < 2, where the sum is empty. Precondition: c <= n.
[[nodiscard]] std::optional<double> mg_pass_at_k(std::uint64_t n, std::uint64_t c, std::uint64_t k);

/// The middle value, of an even number of them the mean of the two in the middle; lm-eval takes the
/// upper one. nullopt when there are none. O(values).
[[nodiscard]] std::optional<double> median(std::span<const double> values);

}  // namespace tally::aggregator
