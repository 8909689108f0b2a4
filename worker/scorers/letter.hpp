#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tally::worker {

/// Choices that letters can name.
inline constexpr std::size_t kMaxChoices = 26;

/// The letter that a completion states, "A".."Z", or nothing. The first of these that the text has:
/// the last explicit statement ("the answer is (B)", "Answer: B", "**B**", "\boxed{B}"); a last
/// line that is a letter alone; a first line that is; a first line that leads with one ("B) Paris")
/// where no other line leads with another. An "A" in prose is none. Rules:
/// docs/metrics.md#multiple-choice.
[[nodiscard]] std::optional<std::string> stated_letter(std::string_view completion);

/// The index of the choice that an extracted answer names: deleting ASCII punctuation leaves one
/// ASCII letter of either case, as lm-eval's exact_match has it (ignore_case, ignore_punctuation).
/// Nothing for another answer, and for a letter that none of `choices` bears.
[[nodiscard]] std::optional<std::size_t> choice_of(std::string_view answer, std::size_t choices);

/// 0 is "A". Precondition: below kMaxChoices.
[[nodiscard]] std::string letter_of(std::size_t choice);

}  // namespace tally::worker
