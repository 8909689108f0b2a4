#include <algorithm>
#include <array>

#include "worker/scorers/extractors.hpp"
#include "worker/scorers/regex.hpp"
#include "worker/scorers/text.hpp"

// Final numbers of word problems, as the harnesses that score GSM8K find them. The patterns are
// theirs, so are the flaws: docs/metrics.md shows what each makes of awkward completions.

namespace tally::worker {
namespace {

std::optional<std::string> non_empty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

// openai/grade-school-math dataset.py and lm-eval gsm8k.yaml share the pattern; the first deletes
// commas itself, the second leaves that to the comparator.
std::optional<RegexMatch> first_marked(std::string_view completion) {
  static const Regex kMarked(R"(#### (\-?[0-9\.\,]+))");
  return kMarked.find_first(completion);
}

std::optional<std::string> openai_gsm8k(std::string_view completion) {
  const auto match = first_marked(completion);
  if (!match) return std::nullopt;
  std::string answer(match->groups[1]);
  std::erase(answer, ',');
  return non_empty(answer);
}

std::optional<std::string> lm_eval_gsm8k_strict(std::string_view completion) {
  const auto match = first_marked(completion);
  if (!match) return std::nullopt;
  return non_empty(match->groups[1]);
}

std::optional<std::string> lm_eval_gsm8k_flexible(std::string_view completion) {
  static const Regex kNumber(R"((-?[$0-9.,]{2,})|(-?[0-9]+))");
  const auto match = kNumber.find_last(completion);
  if (!match) return std::nullopt;
  return non_empty(match->groups[1].empty() ? match->groups[2] : match->groups[1]);
}

std::optional<std::string> lm_eval_gsm8k_cot(std::string_view completion) {
  static const Regex kAnswer(R"(The answer is (\-?[0-9\.\,]*[0-9]+))");
  const auto match = kAnswer.find_first(completion);
  if (!match) return std::nullopt;
  return non_empty(match->groups[1]);
}

// A model that goes on with the next question is cut off there. The last number ends at a comma, so
// "3,000" is "000".
std::optional<std::string> opencompass_gsm8k(std::string_view completion) {
  static const Regex kNumber(R"(\-?\d+\.\d+|\-?\d+)");
  const auto match = kNumber.find_last(completion.substr(0, completion.find("Question:")));
  if (!match) return std::nullopt;
  return non_empty(match->whole);
}

constexpr std::array kExtractors{
    NamedExtractor{"openai:gsm8k", openai_gsm8k},
    NamedExtractor{"lm_eval:gsm8k_strict", lm_eval_gsm8k_strict},
    NamedExtractor{"lm_eval:gsm8k_flexible", lm_eval_gsm8k_flexible},
    NamedExtractor{"lm_eval:gsm8k_cot", lm_eval_gsm8k_cot},
    NamedExtractor{"opencompass:gsm8k", opencompass_gsm8k},
};

}  // namespace

std::span<const NamedExtractor> gsm8k_extractors() noexcept { return kExtractors; }

}  // namespace tally::worker
