#include <algorithm>
#include <array>

#include "core/base/utf8.hpp"
#include "worker/scorers/characters.hpp"
#include "worker/scorers/instruction_following/checks.hpp"
#include "worker/scorers/instruction_following/json_text.hpp"
#include "worker/scorers/instruction_following/user_pattern.hpp"
#include "worker/scorers/text.hpp"

// The reference's patterns, given above each function, are searched by hand: a regular expression
// needs quadratic time for some of them on a text that was made to hurt.

namespace tally::worker {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t end_of_line(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

// re.findall(r"\[.*?\]"): a bracket and the next closing one of its line.
std::size_t count_placeholders(std::string_view text) {
  std::size_t count = 0;
  for (auto open = text.find('['); open != kNone;) {
    const std::size_t end = text.find_first_of("]\n", open);
    if (end == kNone) break;
    if (text[end] == ']') ++count;
    open = text.find('[', end + 1);
  }
  return count;
}

// Where a line starts at or after `at`.
std::size_t line_start(std::string_view text, std::size_t at) {
  if (at == 0 || (at <= text.size() && text[at - 1] == '\n')) return at;
  const std::size_t end = text.find('\n', at);
  return end == kNone ? text.size() : end + 1;
}

// re.findall(r"^\s*-.*$", re.MULTILINE) for '-', and r"^\s*\*[^\*].*$" for '*'. The white space may
// run over lines, and so may the one character behind a '*'.
std::size_t count_bullets(std::string_view text, char bullet) {
  std::size_t count = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t mark = skip_spaces(text, at);
    if (mark == text.size()) break;
    std::size_t end = mark + 1;
    bool found = text[mark] == bullet;
    if (found && bullet == '*') {
      found = end < text.size() && text[end] != '*';
      if (found) end += utf8_decode(text, end).length;
    }
    if (found) {
      ++count;
      at = line_start(text, end_of_line(text, end));
    } else {
      at = line_start(text, mark + 1);
    }
  }
  return count;
}

// Non-blank matches of \*[^\n\*]*\*.
std::size_t count_single_highlights(std::string_view text) {
  std::size_t count = 0;
  for (auto open = text.find('*'); open != kNone;) {
    const std::size_t end = text.find_first_of("*\n", open + 1);
    if (end == kNone) break;
    if (text[end] == '*' && !is_blank(text.substr(open + 1, end - open - 1))) ++count;
    open = text.find('*', end + 1);
  }
  return count;
}

// Non-blank matches of \*\*[^\n\*]*\*\*.
std::size_t count_double_highlights(std::string_view text) {
  std::size_t count = 0;
  for (auto open = text.find("**"); open != kNone;) {
    const std::size_t end = text.find_first_of("*\n", open + 2);
    if (end == kNone) break;
    if (text.substr(end, 2) != "**") {
      open = text.find("**", open + 1);
      continue;
    }
    if (!is_blank(text.substr(open + 2, end - open - 2))) ++count;
    open = text.find("**", end + 2);
  }
  return count;
}

bool takes(std::string_view text, std::size_t& at, char c) {
  if (at >= text.size() || text[at] != c) return false;
  ++at;
  return true;
}

// p\.\s?p\.\s?s, or p\.\s?s\. where `twice` is false, in a lower-case text.
bool has_postscript(std::string_view text, bool twice) {
  for (auto start = text.find("p."); start != kNone; start = text.find("p.", start + 1)) {
    std::size_t at = start + 2;
    at += space_length(text, at);
    if (twice) {
      if (!takes(text, at, 'p') || !takes(text, at, '.')) continue;
      at += space_length(text, at);
    }
    if (takes(text, at, 's') && (twice || takes(text, at, '.'))) return true;
  }
  return false;
}

// How much of \s?\d+\s? stands at `at`; 0 when it does not.
std::size_t numeral_length(std::string_view text, std::size_t at) {
  const std::size_t start = at;
  at += space_length(text, at);
  const std::size_t digits = at;
  while (at < text.size()) {
    const CodePoint d = utf8_decode(text, at);
    if ((flags_of(d.c) & kDigit) == 0) break;
    at += d.length;
  }
  return at == digits ? 0 : at + space_length(text, at) - start;
}

bool is_letters(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// Matches of \s?WORD\s?\d+\s?, WORD being letters only.
std::size_t count_numbered(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != kNone;) {
    const std::size_t length = numeral_length(text, at + word.size());
    if (length > 0) ++count;
    at = text.find(word, length > 0 ? at + word.size() + length : at + 1);
  }
  return count;
}

std::string_view without_fence(std::string_view text) {
  text = strip(text);
  constexpr std::array<std::string_view, 4> kOpening = {"```json", "```Json", "```JSON", "```"};
  for (const std::string_view fence : kOpening) {
    if (text.starts_with(fence)) text.remove_prefix(fence.size());
  }
  if (text.ends_with("```")) text.remove_suffix(3);
  return strip(text);
}

// A non-blank match of <<[^\n]+>>, which reaches from the first << of a line to its last >>.
bool has_title(std::string_view line) {
  const std::size_t open = line.find("<<");
  const std::size_t close = line.rfind(">>");
  if (open == kNone || close == kNone || close < open + 3) return false;
  std::string_view inside = strip_left_of(line.substr(open, close + 2 - open), "<");
  inside = inside.substr(0, inside.find_last_not_of('>') + 1);
  return !is_blank(inside);
}

}  // namespace

Check number_placeholders(const Kwargs& kwargs) {
  const Threshold threshold{true, kwargs.count("num_placeholders")};
  return [threshold](std::string_view response) {
    return threshold.admits(count_placeholders(response));
  };
}

Check postscript(const Kwargs& kwargs) {
  const std::string marker(strip(kwargs.text("postscript_marker")));
  if (marker == "P.S." || marker == "P.P.S") {
    return [twice = marker == "P.P.S"](std::string_view response) {
      return has_postscript(lower(response), twice);
    };
  }
  // Any other marker is a pattern: the \s* before it and the .*$ behind change nothing.
  const auto pattern =
      std::make_shared<const UserPattern>(lower(marker), UserPattern::Case::matters);
  return [pattern](std::string_view response) { return pattern->found_in(lower(response)); };
}

Check number_bullet_lists(const Kwargs& kwargs) {
  const double wanted = kwargs.count("num_bullets");
  return [wanted](std::string_view response) {
    return static_cast<double>(count_bullets(response, '*') + count_bullets(response, '-')) ==
           wanted;
  };
}

Check constrained_response(const Kwargs& /*kwargs*/) {
  return [](std::string_view response) {
    constexpr std::array<std::string_view, 3> kOptions = {"My answer is yes.", "My answer is no.",
                                                          "My answer is maybe."};
    return std::ranges::any_of(
        kOptions, [&](std::string_view option) { return response.find(option) != kNone; });
  };
}

Check number_highlighted_sections(const Kwargs& kwargs) {
  const Threshold threshold{true, kwargs.count("num_highlights")};
  return [threshold](std::string_view response) {
    return threshold.admits(count_single_highlights(response) + count_double_highlights(response));
  };
}

Check multiple_sections(const Kwargs& kwargs) {
  const std::string word(strip(kwargs.text("section_spliter")));
  const Threshold threshold{true, kwargs.count("num_sections")};
  if (is_letters(word)) {
    return [word, threshold](std::string_view response) {
      return threshold.admits(count_numbered(response, word));
    };
  }
  const auto pattern = std::make_shared<const UserPattern>("\\s?" + word + "\\s?\\d+\\s?",
                                                           UserPattern::Case::matters);
  return [pattern, threshold](std::string_view response) {
    return threshold.admits(pattern->count_in(response) * (1 + pattern->groups()));
  };
}

Check json_format(const Kwargs& /*kwargs*/) {
  return [](std::string_view response) { return is_python_json(without_fence(response)); };
}

Check title(const Kwargs& /*kwargs*/) {
  return [](std::string_view response) {
    for (const std::string_view line : split_text(response, "\n")) {
      if (has_title(line)) return true;
    }
    return false;
  };
}

}  // namespace tally::worker
