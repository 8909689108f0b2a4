#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Lists of words for messages. Not fmt::join: gcc 12 warns falsely about it at -O3.

namespace tally {

/// "a, b, c"; `last` takes the place of the last comma. Of more than `most` words the first ones
/// and a count are shown.
template <class Word>
[[nodiscard]] std::string joined_words(const std::vector<Word>& words, std::string_view last = ", ",
                                       std::size_t most = 50) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i == most) return text.append(", ... (").append(std::to_string(words.size())).append(")");
    if (i > 0) text += i + 1 == words.size() ? last : std::string_view(", ");
    text += words[i];
  }
  return text;
}

/// "a", "a or b", "a, b or c".
template <class Word>
[[nodiscard]] std::string one_of_words(const std::vector<Word>& words) {
  return joined_words(words, " or ");
}

}  // namespace tally
