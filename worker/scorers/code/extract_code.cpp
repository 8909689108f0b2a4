#include "worker/scorers/code/extract_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/error.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

constexpr std::string_view kFence = "```";

// Python's \w as far as it matters after a fence: letters beyond ASCII count, whatever they are.
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t past_word(std::string_view text, std::size_t at) {
  while (at < text.size() && is_word(text[at])) ++at;
  return at;
}

std::optional<std::string> program(std::string_view text) {
  if (strip(text).empty()) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> raw(std::string_view completion) { return program(completion); }

// Takes the next line off the front of `rest`, without its "\n".
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

// Backticks of a fence as CommonMark has it: three or more after at most three spaces; 0: none.
std::size_t fence_length(std::string_view line, bool closing) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(indent);
  const std::size_t length = std::min(line.find_first_not_of('`'), line.size());
  line.remove_prefix(length);
  const std::size_t misfit = closing ? line.find_first_not_of(" \t\r") : line.find('`');
  const bool fits = misfit == std::string_view::npos;
  return indent <= 3 && length >= 3 && fits ? length : 0;
}

// The first fenced block as Markdown has it; one that nothing closes goes to the end.
std::optional<std::string> first_block(std::string_view completion) {
  std::size_t opening = 0;
  while (opening == 0) {
    if (completion.empty()) return std::nullopt;
    opening = fence_length(take_line(completion), false);
  }
  std::string_view rest = completion;
  std::size_t taken = 0;
  while (!rest.empty()) {
    if (fence_length(take_line(rest), true) >= opening) break;
    taken = completion.size() - rest.size();
  }
  return program(completion.substr(0, taken));
}

// LiveCodeBench: what stands between the last two lines that have a fence anywhere.
std::optional<std::string> lcb_last_block(std::string_view completion) {
  const std::size_t last = completion.rfind(kFence);
  if (last == std::string_view::npos) return std::nullopt;
  const std::size_t end = completion.rfind('\n', last);  // of the line before it
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view before = completion.substr(0, end);
  const std::size_t fence = before.rfind(kFence);
  if (fence == std::string_view::npos) return std::nullopt;
  const std::size_t begin = before.find('\n', fence);
  if (begin == std::string_view::npos) return std::nullopt;
  return program(before.substr(begin + 1));
}

// OpenCompass' humaneval_postprocess_v2: the first ```\w*\n(.*?)```, or all of the text where
// there is none; no white space before it.
std::optional<std::string> opencompass_first_block(std::string_view completion) {
  std::string_view taken = completion;
  for (std::size_t at = completion.find(kFence); at != std::string_view::npos;
       at = completion.find(kFence, at + 1)) {
    const std::size_t newline = past_word(completion, at + kFence.size());
    if (newline >= completion.size() || completion[newline] != '\n') continue;
    const std::size_t end = completion.find(kFence, newline);
    if (end != std::string_view::npos) {
      taken = completion.substr(newline + 1, end - newline - 1);
      break;
    }
  }
  const std::string_view stripped = strip(taken);
  if (stripped.empty()) return std::nullopt;
  return std::string(taken.substr(static_cast<std::size_t>(stripped.data() - taken.data())));
}

// lm-eval's extract_code_blocks(): the prompt of its mbpp_instruct has opened the fence already, so
// the pattern ```(?:\w+)?\n?(.*?)\n?``` is matched with a fence put in front of the completion.
std::optional<std::string> lm_eval_mbpp_first_block(std::string_view completion) {
  std::size_t begin = past_word(completion, 0);
  if (begin < completion.size() && completion[begin] == '\n') ++begin;
  std::size_t end = completion.find(kFence, begin);
  if (end == std::string_view::npos) return std::nullopt;
  if (end > begin && completion[end - 1] == '\n') --end;
  return program(completion.substr(begin, end - begin));
}

constexpr std::array kExtractors{
    CodeExtractor{"raw", raw, false},
    CodeExtractor{"humaneval:raw", raw, true},
    CodeExtractor{"first_block", first_block, false},
    CodeExtractor{"lcb:last_block", lcb_last_block, false},
    CodeExtractor{"opencompass:first_block", opencompass_first_block, false},
    CodeExtractor{"lm_eval:mbpp_first_block", lm_eval_mbpp_first_block, false},
};

}  // namespace

const std::vector<std::string_view>& code_extractors() noexcept {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const CodeExtractor& extractor : kExtractors) all.push_back(extractor.name);
    return all;
  }();
  return names;
}

const CodeExtractor& find_code_extractor(std::string_view name) {
  const auto found = std::ranges::find(kExtractors, name, &CodeExtractor::name);
  if (found == kExtractors.end()) {
    throw Error(Errc::config, fmt::format("extractor: found '{}', expected one of {}", name,
                                          fmt::join(code_extractors(), ", ")));
  }
  return *found;
}

}  // namespace tally::worker
