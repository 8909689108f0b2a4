#include <array>

#include "core/base/utf8.hpp"
#include "worker/scorers/extractors.hpp"
#include "worker/scorers/letter.hpp"
#include "worker/scorers/regex.hpp"
#include "worker/scorers/text.hpp"

// Answers to multiple-choice questions: lm-eval's rules take a text that its comparator then
// normalises, ours a letter.

namespace tally::worker {
namespace {

std::optional<std::string> non_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

// ^(.*?)(?=\n|$) without a regex: lazily stepping over a megabyte would exhaust the match limit.
std::optional<std::string> lm_eval_mmlu_generative(std::string_view completion) {
  return non_empty(strip(completion.substr(0, completion.find('\n'))));
}

// (?<=answer is )(.*)(?=.) without a regex. The last character of the line is not part of the
// answer, whatever it is: of "answer is B" nothing is left.
std::optional<std::string> lm_eval_mmlu_flan_cot(std::string_view completion) {
  constexpr std::string_view kMark = "answer is ";
  for (auto at = completion.find(kMark); at != std::string_view::npos;
       at = completion.find(kMark, at)) {
    at += kMark.size();
    std::string_view line = completion.substr(at, completion.find('\n', at) - at);
    if (line.empty()) continue;
    line.remove_suffix(utf8_decode_before(line, line.size()).length);
    return non_empty(strip(line));
  }
  return std::nullopt;
}

std::optional<std::string> lm_eval_mmlu_pro(std::string_view completion) {
  static const Regex kAnswer(R"(answer is \(?([ABCDEFGHIJ])\)?)");
  const auto match = kAnswer.find_first(completion);
  if (!match) return std::nullopt;
  return non_empty(match->groups[1]);
}

constexpr std::array kExtractors{
    NamedExtractor{"lm_eval:mmlu_generative", lm_eval_mmlu_generative},
    NamedExtractor{"lm_eval:mmlu_flan_cot", lm_eval_mmlu_flan_cot},
    NamedExtractor{"lm_eval:mmlu_pro", lm_eval_mmlu_pro},
    NamedExtractor{"letter", stated_letter},
};

}  // namespace

std::span<const NamedExtractor> mmlu_extractors() noexcept { return kExtractors; }

}  // namespace tally::worker
