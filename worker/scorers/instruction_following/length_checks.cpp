#include <fmt/format.h>

#include <cmath>

#include "core/base/utf8.hpp"
#include "worker/scorers/instruction_following/checks.hpp"
#include "worker/scorers/instruction_following/sentences.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

// What is between the dividers, \s?\*\*\*\s?.
std::vector<std::string_view> divided(std::string_view text) {
  constexpr std::string_view kDivider = "***";
  std::vector<std::string_view> pieces;
  std::size_t done = 0;
  for (auto at = text.find(kDivider); at != std::string_view::npos;
       at = text.find(kDivider, done)) {
    std::size_t end = at;
    if (end > done) {
      const CodePoint before = utf8_decode_before(text, end);
      if (is_space(before.c)) end -= before.length;
    }
    pieces.push_back(text.substr(done, end - done));
    done = at + kDivider.size();
    done += space_length(text, done);
  }
  pieces.push_back(text.substr(done));
  return pieces;
}

// Paragraphs between dividers; an empty one counts nothing at either end, and elsewhere fails all.
bool has_paragraphs(std::string_view response, double wanted) {
  const std::vector<std::string_view> pieces = divided(response);
  std::size_t count = pieces.size();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!is_blank(pieces[i])) continue;
    if (i != 0 && i + 1 != pieces.size()) return false;
    --count;
  }
  return static_cast<double>(count) == wanted;
}

// The first word of a paragraph, without leading quotes and up to the first of . , ? ! ' "
std::string first_word_of(std::string_view paragraph) {
  const std::string_view word = strip_left_of(strip_left_of(next_token(paragraph), "'"), "\"");
  return lower_characters(word.substr(0, word.find_first_of(".,?!'\"")));
}

struct FirstWord {
  double paragraphs;
  std::size_t nth;  // from 1
  std::string word;
};

bool starts_with_word(std::string_view response, const FirstWord& wanted) {
  const std::vector<std::string_view> pieces = split_text(response, "\n\n");
  std::size_t count = 0;
  for (const std::string_view piece : pieces) count += is_blank(piece) ? 0U : 1U;
  if (wanted.nth > count) return false;
  const std::string_view paragraph = pieces[wanted.nth - 1];  // blank ones are numbered too
  return !is_blank(paragraph) && static_cast<double>(count) == wanted.paragraphs &&
         first_word_of(paragraph) == wanted.word;
}

}  // namespace

Check number_sentences(const Kwargs& kwargs) {
  const Threshold threshold = kwargs.threshold("relation", kwargs.count("num_sentences"));
  return [threshold](std::string_view response) {
    return threshold.admits(count_sentences(response));
  };
}

Check number_words(const Kwargs& kwargs) {
  const Threshold threshold = kwargs.threshold("relation", kwargs.count("num_words"));
  return [threshold](std::string_view response) { return threshold.admits(count_words(response)); };
}

Check number_paragraphs(const Kwargs& kwargs) {
  const double wanted = kwargs.count("num_paragraphs");
  return [wanted](std::string_view response) { return has_paragraphs(response, wanted); };
}

Check nth_paragraph_first_word(const Kwargs& kwargs) {
  const double paragraphs = kwargs.count("num_paragraphs");
  const double nth = kwargs.number("nth_paragraph");
  if (nth < 1 || nth > paragraphs || nth != std::floor(nth)) {
    Kwargs::fail("nth_paragraph", fmt::format("{}", nth),
                 fmt::format("a whole number from 1 to {}", paragraphs));
  }
  const FirstWord wanted{paragraphs, static_cast<std::size_t>(nth),
                         lower(kwargs.text("first_word"))};
  return [wanted](std::string_view response) { return starts_with_word(response, wanted); };
}

}  // namespace tally::worker
