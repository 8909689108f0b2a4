#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json_writer.hpp"
#include "core/config/node.hpp"
#include "core/config/words.hpp"

namespace tally {

/// One of several words, each standing for a value.
template <class T>
class ChoiceRule {
 public:
  struct Choice {
    std::string_view word;
    T value;
  };
  explicit ChoiceRule(std::vector<Choice> choices) : choices_(std::move(choices)) {}
  [[nodiscard]] std::string expected() const;
  [[nodiscard]] bool read(const Node& node, T& out) const {
    for (const Choice& choice : choices_) {
      if (node.kind != Node::Kind::scalar || node.text != choice.word) continue;
      out = choice.value;
      return true;
    }
    return false;
  }
  void schema(JsonWriter& json) const {
    json.key("enum").begin_array();
    for (const Choice& choice : choices_) json.value(choice.word);
    json.end_array();
  }
  [[nodiscard]] std::string print(const T& value) const {
    std::string text;
    for (const Choice& choice : choices_)
      if (choice.value == value) append_json_string(text, choice.word);
    return text;
  }

 private:
  std::vector<Choice> choices_;
};

/// Words that stand for themselves.
[[nodiscard]] ChoiceRule<std::string> word_rule(std::vector<std::string_view> words);

template <class T>
std::string ChoiceRule<T>::expected() const {
  std::vector<std::string_view> words;
  for (const Choice& choice : choices_) words.push_back(choice.word);
  return one_of_words(words);
}

}  // namespace tally
