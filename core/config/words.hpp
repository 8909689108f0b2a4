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

/// "a|b" -> a, b; nothing of an empty text.
[[nodiscard]] inline std::vector<std::string_view> alternatives(std::string_view words) {
  std::vector<std::string_view> out;
  while (!words.empty()) {
    const std::size_t end = words.find('|');
    out.push_back(words.substr(0, end));
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
  }
  return out;
}

}  // namespace tally
