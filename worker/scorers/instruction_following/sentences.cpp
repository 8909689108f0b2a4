#include "worker/scorers/instruction_following/sentences.hpp"

#include <string>
#include <vector>

#include "worker/scorers/instruction_following/sentence_tokens.hpp"
#include "worker/scorers/text.hpp"

// 1) Candidates: each . ? ! before punctuation, or before white space and another word; those of
// one word are one candidate, the last of them. 2) Each with the word before it and what follows is
// judged by its tokens. 3) Closing quotes and brackets behind a break belong to the sentence
// before.

namespace tally::worker {
namespace {

constexpr std::string_view kEnds = ".?!";
constexpr std::string_view kPunctuation = ")\";}]*:@'({[?!";
constexpr std::string_view kClosers = "\"')]}";

struct Span {
  std::size_t start = 0;
  std::size_t stop = 0;
};

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

// A place where a sentence may end.
struct Candidate {
  std::size_t at = 0;         // the . ? or !
  std::size_t follows = 0;    // end of what follows it: a punctuation mark or the next word
  std::size_t next_word = 0;  // where the next word starts; 0: punctuation follows at once
  Span word;                  // the word before it
};

// Whether the character at `at` may end a sentence; fills all of `found` but the word.
bool is_candidate(std::string_view text, std::size_t at, Candidate& found) {
  if (!is_one_of(text[at], kEnds) || at + 1 == text.size()) return false;
  found = Candidate();
  found.at = at;
  if (is_one_of(text[at + 1], kPunctuation)) {
    found.follows = at + 2;
    return true;
  }
  const std::size_t next = skip_spaces(text, at + 1);
  if (next == at + 1 || next == text.size()) return false;
  found.next_word = next;
  std::string_view rest = text.substr(next);
  found.follows = next + next_token(rest).size();
  return true;
}

// The word before `at`, not looking further back than the candidate before, whose word is
// `previous`: without white space in between it is the same word.
Span word_before(std::string_view text, std::size_t at, Span previous) {
  const std::string_view between = text.substr(previous.stop, at - previous.stop);
  const std::size_t space = between.find_last_of(" \t\n\r\v\f");
  const bool same = space == std::string_view::npos || space == 0;
  return {same ? previous.start : previous.stop + space + 1, at};
}

// The sentences before their boundaries are moved.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<Span> run() {
    Candidate previous;
    bool any = false;
    for (auto at = text_.find_first_of(kEnds); at != std::string_view::npos;
         at = text_.find_first_of(kEnds, at + 1)) {
      Candidate candidate;
      if (!is_candidate(text_, at, candidate)) continue;
      candidate.word = word_before(text_, at, previous.word);
      if (any && previous.word.stop <= candidate.word.start) judge(previous);
      previous = candidate;
      any = true;
    }
    if (any) judge(previous);
    spans_.push_back({start_, strip_right(text_).size()});
    return std::move(spans_);
  }

 private:
  void judge(const Candidate& candidate) {
    if (!contains_sentence_break(
            text_.substr(candidate.word.start, candidate.follows - candidate.word.start))) {
      return;
    }
    spans_.push_back({start_, candidate.at + 1});
    start_ = candidate.next_word != 0 ? candidate.next_word : candidate.at + 1;
  }

  std::string_view text_;
  std::vector<Span> spans_;
  std::size_t start_ = 0;
};

std::string_view slice(std::string_view text, Span span) {
  return span.start < span.stop ? text.substr(span.start, span.stop - span.start)
                                : std::string_view();
}

// How much of the front of `sentence` belongs to the one before: quotes and brackets, with the
// white space behind them. 0: nothing.
std::size_t closing_length(std::string_view sentence) {
  std::size_t end = 0;
  while (end < sentence.size() && is_one_of(sentence[end], kClosers)) ++end;
  if (end == 0) return 0;
  const std::size_t spaced = skip_spaces(sentence, end);
  if (spaced > end) return spaced;
  return end == sentence.size() || sentence.substr(end, 2) == "--" ? end : 0;
}

}  // namespace

std::size_t count_sentences(std::string_view text) {
  const std::vector<Span> spans = Splitter(text).run();
  std::size_t count = 0;
  std::size_t moved = 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const Span own{spans[i].start + moved, spans[i].stop};
    moved = i + 1 < spans.size() ? closing_length(slice(text, spans[i + 1])) : 0;
    if (moved > 0 || own.start < own.stop) ++count;
  }
  return count;
}

}  // namespace tally::worker
