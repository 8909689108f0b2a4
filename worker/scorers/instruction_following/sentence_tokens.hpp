#pragma once
#include <string_view>

namespace tally::worker {

/// Whether Punkt, untrained, sees the end of a sentence inside `context`: at a token before its
/// last one. `context` is a word, a full stop, `?` or `!`, and what follows it up to the end of the
/// next word. Well-formed UTF-8.
[[nodiscard]] bool contains_sentence_break(std::string_view context);

}  // namespace tally::worker
