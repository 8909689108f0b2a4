#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/choice_rule.hpp"
#include "core/config/evaluators.hpp"
#include "core/config/words.hpp"

namespace tally {

/// The words of `tasks.evaluator`.
[[nodiscard]] inline ChoiceRule<Evaluator> evaluator_rule() {
  std::vector<ChoiceRule<Evaluator>::Choice> choices;
  for (std::size_t i = 0; i < evaluator_names().size(); ++i)
    choices.push_back({evaluator_names()[i], static_cast<Evaluator>(i)});
  return ChoiceRule<Evaluator>(std::move(choices));
}

/// The words that fit any evaluator; which fit which is for check_config().
template <class WordsOf>
[[nodiscard]] std::vector<std::string_view> all_words(WordsOf words_of) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < evaluator_names().size(); ++i) {
    for (const std::string_view word : words_of(static_cast<Evaluator>(i)))
      if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

/// "a, b or c": the words that fit the evaluator of this name; "" for no evaluator.
[[nodiscard]] inline std::string fitting_words(
    const std::vector<std::string_view>& (*words_of)(Evaluator), std::string_view evaluator) {
  for (std::size_t i = 0; i < evaluator_names().size(); ++i)
    if (evaluator_names()[i] == evaluator) return one_of_words(words_of(static_cast<Evaluator>(i)));
  return {};
}

}  // namespace tally
