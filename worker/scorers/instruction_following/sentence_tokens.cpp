#include "worker/scorers/instruction_following/sentence_tokens.hpp"

#include <cstddef>
#include <optional>
#include <vector>

#include "core/base/utf8.hpp"
#include "worker/scorers/characters.hpp"
#include "worker/scorers/text.hpp"

// 1) Each line is cut into tokens: runs of hyphens or dots and spaced ellipses; words, which end
// before white space, punctuation or such a run; any other character alone. 2) A token that is one
// of . ? ! or ends in a full stop ends a sentence, but an ellipsis does not. 3) Unless it is an
// initial or a number and the next token tells that the sentence goes on.

namespace tally::worker {
namespace {

constexpr std::string_view kEndsWord = ")\";}]*:@'({[?!";
constexpr std::string_view kStartsNoWord = "(\"`{[:;&#*@)}]-,";
constexpr std::string_view kNeverFirst = ";:,.!?";  // no sentence starts with one of these

bool is_one_of(std::string_view line, std::size_t at, std::string_view set) {
  return at < line.size() && set.find(line[at]) != std::string_view::npos;
}

// How long a run of `c` at `at` is.
std::size_t run_length(std::string_view line, std::size_t at, char c) {
  std::size_t end = at;
  while (end < line.size() && line[end] == c) ++end;
  return end - at;
}

// A dot with white space behind it: how many bytes the two are, else 0.
std::size_t spaced_dot(std::string_view line, std::size_t at) {
  if (at >= line.size() || line[at] != '.') return 0;
  const std::size_t space = space_length(line, at + 1);
  return space == 0 ? 0 : 1 + space;
}

// Whether "--", ".." or ". . ." stands at `at`.
bool is_run(std::string_view line, std::size_t at) {
  const std::string_view two = line.substr(at, 2);
  if (two == "--" || two == "..") return true;
  const std::size_t first = spaced_dot(line, at);
  if (first == 0) return false;
  const std::size_t second = spaced_dot(line, at + first);
  return second != 0 && is_one_of(line, at + first + second, ".");
}

// Length of the longest run that starts at `at`; 0 when none does.
std::size_t run_at(std::string_view line, std::size_t at) {
  if (!is_run(line, at)) return 0;
  for (const char c : {'-', '.'}) {
    if (const std::size_t length = run_length(line, at, c); length >= 2) return length;
  }
  std::size_t end = at;
  while (const std::size_t step = spaced_dot(line, end)) end += step;
  if (is_one_of(line, end, ".")) return end + 1 - at;
  return strip_right(line.substr(at, end - at)).size();  // the last dot closes it
}

bool ends_before(std::string_view line, std::size_t at) {
  return at == line.size() || space_length(line, at) != 0 || is_one_of(line, at, kEndsWord) ||
         is_run(line, at);
}

std::size_t word_at(std::string_view line, std::size_t at) {
  std::size_t end = at + utf8_decode(line, at).length;
  while (!ends_before(line, end)) {
    if (line[end] == ',' && ends_before(line, end + 1)) break;
    end += utf8_decode(line, end).length;
  }
  return end - at;
}

std::vector<std::string_view> tokens_of(std::string_view context) {
  std::vector<std::string_view> tokens;
  for (const std::string_view line : split_text(context, "\n")) {
    for (std::size_t at = skip_spaces(line, 0); at < line.size(); at = skip_spaces(line, at)) {
      std::size_t length = run_at(line, at);
      if (length == 0 && is_one_of(line, at, kStartsNoWord)) length = 1;
      if (length == 0) length = word_at(line, at);
      tokens.push_back(line.substr(at, length));
      at += length;
    }
  }
  return tokens;
}

bool is_initial(std::string_view token) {  // one letter and a full stop
  const CodePoint d = utf8_decode(token, 0);
  const std::uint8_t flags = flags_of(d.c);
  return (flags & kWord) != 0 && (flags & kDigit) == 0 && token.substr(d.length) == ".";
}

bool is_digit_at(std::string_view token, std::size_t at) {
  return at < token.size() && (flags_of(utf8_decode(token, at).c) & kDigit) != 0;
}

// An optional minus, an optional dot or comma, a digit, then digits, commas, dots and minuses.
bool is_number(std::string_view token) {
  std::size_t at = is_one_of(token, 0, "-") ? 1 : 0;
  if (is_one_of(token, at, ".,")) ++at;
  if (!is_digit_at(token, at)) return false;
  while (at < token.size() && (is_digit_at(token, at) || is_one_of(token, at, ",.-"))) {
    at += utf8_decode(token, at).length;
  }
  return at == token.size();
}

bool ends_sentence(std::string_view token) {
  if (token == "." || token == "?" || token == "!") return true;
  return token.ends_with('.') && !token.ends_with("..");
}

// Whether `next` tells that the full stop of `token` belongs to an initial or a number.
bool goes_on(std::string_view token, std::string_view next) {
  const bool initial = is_initial(token);
  if (!token.ends_with('.') || !(initial || is_number(token))) return false;
  if (next.size() == 1 && kNeverFirst.find(next.front()) != std::string_view::npos) return true;
  const std::uint8_t first = flags_of(utf8_decode(next, 0).c);
  return (first & kLower) != 0 || (initial && (first & kUpper) != 0);
}

}  // namespace

bool contains_sentence_break(std::string_view context) {
  const std::vector<std::string_view> tokens = tokens_of(context);
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (ends_sentence(tokens[i]) && !goes_on(tokens[i], tokens[i + 1])) return true;
  }
  return false;
}

}  // namespace tally::worker
