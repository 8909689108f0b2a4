#include <algorithm>
#include <array>
#include <vector>

#include "worker/scorers/extractors.hpp"
#include "worker/scorers/regex.hpp"
#include "worker/scorers/text.hpp"

// Rules of our own: their names are bare words.

namespace tally::worker {
namespace {

std::optional<std::string> non_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

// Without what stands between thousands.
std::string digits_of(std::string_view number) {
  std::string out = erase_all(number, ",{}\\!");
  for (const std::string_view space : {"\u00a0", "\u2009", "\u202f"})
    out = replace_all(out, space, "");
  return out;
}

// The last number as a person would read it. Groups: 1 and 2 sign, 3 number, 4 the rest of a
// fraction, date or power, 5 percent, 6 a fraction of LaTeX's. A sign after a letter, digit or
// bracket is an operator or a hyphen; digits after a letter or after "digit dot" belong to a name
// or a version. U+2013 is a sign only after white space or an opening: elsewhere it is of a range.
// Thousands are apart by ",", by a thin or no-break space, or by LaTeX's "{,}", "\," or ",\!".
// Every repeat is possessive or short, so no text makes it backtrack far.
constexpr const char* kNumeric =
    R"((?:((?<![\p{L}\p{N})\]])[-+\x{2212}]|(?<![^\s(=:{*])\x{2013}))?+)"
    R"((?:\\?\p{Sc}\h?([-+\x{2212}])?+)?+)"
    R"((?:(?<![\p{L}\p{N}]|[0-9]\.))"
    R"(([0-9]++(?:(?:\{,\}|\\,|,(?:\\!)?+|[\x{A0}\x{2009}\x{202F}])[0-9]{3}(?![0-9]))*+)"
    R"((?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+|\.[0-9]++))"
    R"(((?:/[0-9]++|\^\{?[-+]?[0-9]++\}?)*+)(\h?\\?%)?+)"
    R"(|(\\[dt]?frac(?!\{[^{}0-9]{1,99}\}\{[^{}0-9]{1,99}\})\{[^{}]{1,99}\}\{[^{}]{1,99}\})))";

std::optional<std::string> numeric(std::string_view completion) {
  static const Regex kPattern(kNumeric);
  const auto match = kPattern.find_last(completion);
  if (!match) return std::nullopt;
  const std::string_view sign = match->groups[1].empty() ? match->groups[2] : match->groups[1];
  std::string answer(sign.empty() || sign == "+" ? "" : "-");
  answer.append(digits_of(match->groups[3]));
  answer.append(match->groups[4]);
  answer.append(match->groups[6]);
  if (!match->groups[5].empty()) answer.push_back('%');
  return answer;
}

std::optional<std::string> exact(std::string_view completion) {
  return non_empty(strip(completion));
}

std::optional<std::string> first_line(std::string_view completion) {
  const std::string_view text = strip(completion);
  return non_empty(strip(text.substr(0, text.find('\n'))));
}

// What stands in the \boxed{} that begins last among those that are closed. One pass with the open
// ones on a stack: searching the end of each anew would cost quadratic time.
std::optional<std::string> boxed(std::string_view completion) {
  constexpr std::string_view kOpening = "\\boxed{";
  struct Open {
    std::size_t begin;  // of what is inside
    std::size_t depth;
  };
  std::vector<Open> open;
  std::size_t depth = 0;
  std::optional<std::string_view> last;
  for (std::size_t at = 0; at < completion.size(); ++at) {
    const char c = completion[at];
    if (c == '\\' && completion.substr(at).starts_with(kOpening)) {
      at += kOpening.size() - 1;
      open.push_back({at + 1, depth++});
    } else if (c == '\\') {
      ++at;  // \{ and \} are characters
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && depth > 0) {
      --depth;
      if (open.empty() || open.back().depth != depth) continue;
      const std::size_t begin = open.back().begin;
      open.pop_back();
      if (!last || completion.data() + begin > last->data()) {
        last = completion.substr(begin, at - begin);
      }
    }
  }
  if (!last) return std::nullopt;
  return non_empty(strip(*last));
}

constexpr std::array kExtractors{
    NamedExtractor{"numeric", numeric},
    NamedExtractor{"boxed", boxed},
    NamedExtractor{"first_line", first_line},
    NamedExtractor{"exact", exact},
};

}  // namespace

std::span<const NamedExtractor> plain_extractors() noexcept { return kExtractors; }

}  // namespace tally::worker
