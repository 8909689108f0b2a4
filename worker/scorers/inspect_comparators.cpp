#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "core/base/utf8.hpp"
#include "worker/scorers/comparators.hpp"
#include "worker/scorers/python_number.hpp"
#include "worker/scorers/text.hpp"

// inspect_ai's match(), match_str() at its commit 02e16d97: the target stands at the begin or end
// of the answer, anywhere in it, or is all of it. Both are stripped, case-folded, and lose the
// ASCII punctuation around them. With numeric, where the target is a number, numbers are compared
// and text never is: 25 does not end in 5. A target that is no number loses the marks of numbers
// all the same, the answer does not. Of inspect's numbers in other notations (fractions,
// superscripts, Chinese numerals) only the unicode minus is read.

namespace tally::worker {
namespace {

enum class Where { begin, end, any, exact };

Verdict verdict(bool equal) { return equal ? Verdict::equal : Verdict::different; }

// Text

// Of a folded text.
std::string without_punctuation(std::string_view text) {
  constexpr std::string_view kAround =
      " \t\n\r\v\f!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";  // string.whitespace and string.punctuation
  return std::string(strip_of(text, kAround));
}

std::string text_form(std::string_view text) { return without_punctuation(fold(strip(text))); }

// `target` is folded.
template <Where W>
Verdict match_folded(std::string_view answer, std::string_view target) {
  const std::string wanted = without_punctuation(target);
  if (wanted.empty()) return Verdict::bad_target;  // it would stand in every answer
  const std::string found = text_form(answer);
  switch (W) {
    case Where::begin:
      return verdict(found.starts_with(wanted));
    case Where::end:
      return verdict(found.ends_with(wanted));
    case Where::any:
      return verdict(found.find(wanted) != std::string::npos);
    case Where::exact:
      return verdict(found == wanted);
  }
  return Verdict::different;
}

template <Where W>
Verdict match_text(std::string_view answer, std::string_view target) {
  return match_folded<W>(answer, fold(strip(target)));
}

// An answer of punctuation alone is still one: it votes as it was written.
std::string text_vote(std::string_view answer) {
  std::string text = text_form(answer);
  return text.empty() ? std::string(strip(answer)) : text;
}

// Numbers

std::optional<double> finite(std::string_view text) {
  auto number = python_float(text);
  if (!number && text.find("\u2212") != std::string_view::npos) {
    number = python_float(replace_all(text, "\u2212", "-"));
  }
  return number && std::isfinite(*number) ? number : std::nullopt;
}

// Five significant digits: format(number, ".5g").
std::string rounded(double number) { return fmt::format("{:.5g}", number); }

// Without $ £ €, commas and the * and _ of Markdown, and without dots that no digit follows.
std::string without_marks(std::string_view text) {
  std::string marked = erase_all(text, "$,*_");
  marked = replace_all(replace_all(marked, "£", ""), "€", "");
  std::string out;
  for (std::size_t at = 0; at < marked.size(); ++at) {
    if (marked[at] == '.') {
      if (at + 1 == marked.size() || !digit_value(utf8_decode(marked, at + 1).c)) continue;
    }
    out.push_back(marked[at]);
  }
  return out;
}

// The numbers among the words of a text, in order, each with five digits.
std::vector<std::string> numbers_of(std::string_view text) {
  constexpr std::string_view kAround = "!?:;()[]{}'\"`~<=>@#^&|";
  const std::string words = collapse(text);
  std::vector<std::string> numbers;
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    const std::string_view word = std::string_view(words).substr(at, end - at);
    auto number = finite(strip_of(word, kAround));
    if (!number) number = finite(word);
    if (number) numbers.push_back(rounded(*number));
    at = end + 1;
  }
  return numbers;
}

std::string number_form(std::string_view text) { return without_marks(fold(strip(text))); }

template <Where W>
Verdict match_number(std::string_view answer, std::string_view target) {
  const std::string goal = number_form(target);
  const auto number = finite(goal);
  if (!number) return match_folded<W>(answer, goal);
  const std::string wanted = rounded(*number);
  const std::string form = number_form(answer);
  if (W == Where::exact) {
    const auto found = finite(form);
    return verdict(found && rounded(*found) == wanted);
  }
  const std::vector<std::string> found = numbers_of(form);
  if (found.empty()) return Verdict::different;
  if (W == Where::any) return verdict(std::ranges::find(found, wanted) != found.end());
  return verdict((W == Where::begin ? found.front() : found.back()) == wanted);
}

template <Where W>
std::string number_vote(std::string_view answer) {
  const std::string form = number_form(answer);
  if (W == Where::exact) {
    const auto found = finite(form);
    return found ? rounded(*found) : text_vote(answer);
  }
  const std::vector<std::string> found = numbers_of(form);
  if (found.empty() || W == Where::any) return text_vote(answer);
  return W == Where::begin ? found.front() : found.back();
}

constexpr std::string_view kTarget = "a text that is more than punctuation";
constexpr std::array kComparators{
    Comparator{"inspect:match_begin", kTarget, text_vote, match_text<Where::begin>},
    Comparator{"inspect:match_end", kTarget, text_vote, match_text<Where::end>},
    Comparator{"inspect:match_any", kTarget, text_vote, match_text<Where::any>},
    Comparator{"inspect:match_exact", kTarget, text_vote, match_text<Where::exact>},
    Comparator{"inspect:match_numeric_begin", kTarget, number_vote<Where::begin>,
               match_number<Where::begin>},
    Comparator{"inspect:match_numeric_end", kTarget, number_vote<Where::end>,
               match_number<Where::end>},
    Comparator{"inspect:match_numeric_any", kTarget, number_vote<Where::any>,
               match_number<Where::any>},
    Comparator{"inspect:match_numeric_exact", kTarget, number_vote<Where::exact>,
               match_number<Where::exact>},
};

}  // namespace

std::span<const Comparator> inspect_comparators() noexcept { return kComparators; }

}  // namespace tally::worker
