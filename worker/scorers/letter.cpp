#include "worker/scorers/letter.hpp"

#include <algorithm>

#include "worker/scorers/regex.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

// Groups 1 to 5: the letter in one of the forms below. Every repeat is possessive or bounded by a
// small number, so no text costs more than linear time.
constexpr const char* kStatement =
    // "answer is", "Answer:", "answer =", "Answer" above a line of its own; "correct option is" ...
    R"((?<![\p{L}\p{N}_])(?<!(?i)incorrect\h|wrong\h|(?<!\p{L})not\h))"
    R"((?i:answer|correct\h(?:option|choice))(?![\p{L}\p{N}]))"
    // ... but no list of the choices below: a line that leads with A, and then one with B ...
    R"((?![\h*_]*+(?i:is|was|would\hbe|should\hbe|must\hbe|will\hbe)?+[\h*_:=]*+\R)"
    R"([\s*_]*+\(?+[Aa][*_]{0,4}+[).:][^\n]*+[\s*_]*+\(?+[Bb][*_]{0,4}+[).:])"
    // (which says no more of B than what it is) ...
    R"((?!\h*+(?i:is|was|would|wrong|incorrect|not)(?![\p{L}\p{N}])))[\h*_]{0,4}+)"
    R"((?:(?i:is|was|would\hbe|should\hbe|must\hbe|will\hbe)(?![\p{L}\p{N}])|[:=]|\R))"
    // ... then marks and "option" ...
    R"([\s*_:=]{0,8}+(?:(?i:option|choice|letter)(?![\p{L}\p{N}])[\h*_:]{0,4}+)?+)"
    R"((?:\$|\\\(|\\boxed\{|\\(?:text|mathbf|mathrm|textbf)\{|["'`“‘*]){0,6}+)"
    // ... then the letter: in brackets; bare, where A and I are no letters before another word,
    // being words themselves, unless a reason follows; small at the end of the line.
    R"((?:\(([A-Za-z])\)|\[([A-Za-z])\])"
    R"(|([B-HJ-Z]|[AI](?!\h++(?!(?:because|since|as)(?![\p{L}\p{N}]))[\p{L}\p{N}])))"
    R"((?![\p{L}\p{N}_+#'’-])|([b-hj-z])(?=[.)*]{0,3}\h{0,8}(?:\R|$))))"
    // "\boxed{B}", "\boxed{\text{(B)}}"
    R"(|(?<!(?i)incorrect\h|wrong\h|(?<!\p{L})not\h)\\boxed\{)"
    R"(\h{0,2}(?:\\(?:text|mathbf|mathrm|textbf)\{)?\(?([A-Za-z])\)?\.?\h{0,2}\})";

// "**B**", "**(B)**", "__B.__"
constexpr const char* kBold =
    R"((?<!(?i)incorrect\h|wrong\h|(?<!\p{L})not\h)(?:(?<!\*)\*\*|(?<!_)__)\(?([A-Z])[).:]{0,2}(?:\*\*|__))";

std::string upper(std::string_view letter) {
  const char c = letter.front();
  return std::string(1, c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
}

// A line that is a letter alone, in brackets or with a mark behind it, whatever markdown around.
std::optional<std::string> alone(std::string_view line) {
  static const Regex kAlone(R"(^\(?+([A-Za-z])[).:\]]{0,2}+$)");
  line = strip_of(strip(line), " \t*_`#>\"'[$");
  const auto match = kAlone.find_first(line);
  if (!match) return std::nullopt;
  return upper(match->groups[1]);
}

// "B) Paris", "(B) Paris", "B. Paris", "B: Paris".
std::optional<std::string> leading(std::string_view line) {
  static const Regex kLeading(R"(^(?:\(([A-Za-z])\)|([A-Z])[).:])(?:\s|$))");
  const auto match = kLeading.find_first(strip_of(line, " \t*_`#>"));
  if (!match) return std::nullopt;
  return upper(match->groups[1].empty() ? match->groups[2] : match->groups[1]);
}

// What the first line leads with, when no other line leads with another letter: a text that goes
// through the choices states none.
std::optional<std::string> only_leading(std::string_view text) {
  std::optional<std::string> first;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const auto found = leading(text.substr(at, end - at));
    if (at == 0 && !found) return std::nullopt;
    if (at == 0) first = found;
    if (found && found != first) return std::nullopt;
    at = end + 1;
  }
  return first;
}

}  // namespace

std::optional<std::string> stated_letter(std::string_view completion) {
  static const Regex kStated(kStatement);
  static const Regex kEmphasised(kBold);
  auto match = kStated.find_last(completion);
  if (!match) match = kEmphasised.find_last(completion);
  if (match) {
    for (std::size_t group = 1; group < RegexMatch::kGroups; ++group) {
      if (!match->groups[group].empty()) return upper(match->groups[group]);
    }
  }
  const std::string_view text = strip(completion);
  if (auto letter = alone(text.substr(text.rfind('\n') + 1))) return letter;
  if (auto letter = alone(text.substr(0, text.find('\n')))) return letter;
  return only_leading(text);
}

std::optional<std::size_t> choice_of(std::string_view answer, std::size_t choices) {
  const std::string letter = erase_all(answer, kPunctuation);
  if (letter.size() != 1) return std::nullopt;
  const char c = upper(letter).front();
  if (c < 'A' || c > 'Z') return std::nullopt;
  const auto choice = static_cast<std::size_t>(c - 'A');
  return choice < choices ? std::optional(choice) : std::nullopt;
}

std::string letter_of(std::size_t choice) {
  return std::string(1, static_cast<char>('A' + choice));
}

}  // namespace tally::worker
