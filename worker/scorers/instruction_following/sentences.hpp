#pragma once
#include <cstddef>
#include <string_view>

namespace tally::worker {

/// How many sentences the Punkt algorithm (Kiss & Strunk 2006, Computational Linguistics 32(4))
/// finds in `text`, well-formed UTF-8, with parameters that were not trained: no abbreviations,
/// collocations or sentence starters are known, so what decides is the characters around `.`, `?`
/// and `!`, initials, ordinal numbers, ellipses and the case of the next word. Equal to
/// len(nltk.tokenize.PunktSentenceTokenizer().tokenize(text)). Time is linear in the text.
[[nodiscard]] std::size_t count_sentences(std::string_view text);

}  // namespace tally::worker
