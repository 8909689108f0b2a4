#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "worker/scorers/instruction_following/language_profiles.hpp"

namespace tally::worker {

/// What of `text` (well-formed UTF-8) a detector looks at: URLs and mail addresses become spaces,
/// Vietnamese letters and their marks one character, runs of spaces one, and Latin letters are left
/// out of a text that is mostly written otherwise. At most 10,000 characters.
[[nodiscard]] std::u32string language_text(std::string_view text, const LanguageProfiles& profiles);

/// The grams of that text that some profile has, in their order: per character those of one, two
/// and three characters that end in it, but none of a word in capitals.
[[nodiscard]] std::vector<std::span<const GramProbability>> known_grams(
    std::u32string_view text, const LanguageProfiles& profiles);

}  // namespace tally::worker
