#include <fmt/format.h>

#include <memory>
#include <vector>

#include "core/base/utf8.hpp"
#include "worker/scorers/instruction_following/checks.hpp"
#include "worker/scorers/instruction_following/user_pattern.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

using Patterns = std::shared_ptr<const std::vector<UserPattern>>;

Patterns patterns_of(const std::vector<std::string>& words, bool whole_word) {
  auto patterns = std::make_shared<std::vector<UserPattern>>();
  for (const std::string& word : words) {
    patterns->emplace_back(word, UserPattern::Case::ignored, whole_word);
  }
  return patterns;
}

}  // namespace

// Every keyword is found.
Check keyword_existence(const Kwargs& kwargs) {
  return [patterns = patterns_of(kwargs.texts("keywords"), false)](std::string_view response) {
    for (const UserPattern& pattern : *patterns) {
      if (!pattern.found_in(response)) return false;
    }
    return true;
  };
}

Check keyword_frequency(const Kwargs& kwargs) {
  const std::string keyword(strip(kwargs.nonempty_text("keyword")));
  const Threshold threshold = kwargs.threshold("relation", kwargs.count("frequency"));
  return [patterns = patterns_of({keyword}, false), threshold](std::string_view response) {
    return threshold.admits(patterns->front().count_in(response));
  };
}

// None of the words stands between word boundaries.
Check forbidden_words(const Kwargs& kwargs) {
  return
      [patterns = patterns_of(kwargs.texts("forbidden_words"), true)](std::string_view response) {
        for (const UserPattern& pattern : *patterns) {
          if (pattern.found_in(response)) return false;
        }
        return true;
      };
}

bool is_plain_letter(std::string_view letter) {
  const std::string lowered = lower(letter);
  return lowered.size() == 1 && lowered[0] >= 'a' && lowered[0] <= 'z';
}

// The character, lower-cased, counts in the response, lower-cased.
Check letter_frequency(const Kwargs& kwargs) {
  const std::string letter = kwargs.nonempty_text("letter");
  if (utf8_decode(letter, 0).length != letter.size()) {
    Kwargs::fail("letter", fmt::format("\"{}\"", letter), "one character");
  }
  const Threshold threshold = kwargs.threshold("let_relation", kwargs.count("let_frequency"));
  return [lowered = lower(letter), threshold](std::string_view response) {
    return threshold.admits(count_text(lower(response), lowered));
  };
}

}  // namespace tally::worker
