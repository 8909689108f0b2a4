#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/random.hpp"

namespace tally::aggregator {

/// One draw of a doc as a voter.
struct Vote {
  std::string answer;  ///< Normalised; empty: abstains.
  double score = 0.0;
};

/// The form answers vote in: ASCII letters lower-cased, white space trimmed and runs of it made one
/// space, one trailing full stop removed.
[[nodiscard]] std::string normalise_answer(std::string_view answer);

/// Subsets up to this number are all visited; more are sampled.
inline constexpr std::uint64_t kMaxSubsets = 10'000;

/// maj@k of one doc: the score of the most frequent answer among k draws, averaged over all
/// k-subsets of `votes`, or over kMaxSubsets seeded random ones when there are more. Abstentions
/// don't vote; answers that tie share the credit; all abstaining gives 0. An answer's score is the
/// mean over all draws that gave it. nullopt when there are fewer votes than k or k = 0.
[[nodiscard]] std::optional<double> majority_at_k(std::span<const Vote> votes, std::uint64_t k,
                                                  ItemRandom& random);

}  // namespace tally::aggregator
