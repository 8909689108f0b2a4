#include "worker/scorers/extractors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "worker/scorers/regex.hpp"
#include "worker/scorers/text.hpp"

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

// Ours: the last number as a person would read it. Groups: 1 and 2 sign, 3 number, 4 the rest of a
// fraction or date, 5 percent. A sign after a letter, digit or bracket is an operator or a hyphen;
// digits after a letter or after "digit dot" belong to a name or a version. Every repeat is
// possessive, so no text makes it backtrack.
constexpr const char* kNumeric =
    R"((?:(?<![\p{L}\p{N})\]])([-+\x{2212}]))?+(?:\\?\p{Sc}\h?([-+\x{2212}])?+)?+)"
    R"((?<![\p{L}\p{N}]|[0-9]\.))"
    R"(([0-9]++(?:,[0-9]{3}(?![0-9]))*+(?:\.[0-9]++)?+(?:[eE][-+]?[0-9]++)?+|\.[0-9]++))"
    R"(((?:/[0-9]++)*+)(\h?\\?%)?+)";

std::optional<std::string> numeric(std::string_view completion) {
  static const Regex kPattern(kNumeric);
  const auto match = kPattern.find_last(completion);
  if (!match) return std::nullopt;
  const std::string_view sign = match->groups[1].empty() ? match->groups[2] : match->groups[1];
  std::string answer(sign.empty() || sign == "+" ? "" : "-");
  answer.append(match->groups[3]);
  std::erase(answer, ',');
  answer.append(match->groups[4]);
  if (!match->groups[5].empty()) answer.push_back('%');
  return answer;
}

std::optional<std::string> exact(std::string_view completion) {
  return non_empty(strip(completion));
}

struct Named {
  std::string_view name;
  Extractor extractor;
};
constexpr std::array kExtractors{
    Named{"openai:gsm8k", openai_gsm8k},
    Named{"lm_eval:gsm8k_strict", lm_eval_gsm8k_strict},
    Named{"lm_eval:gsm8k_flexible", lm_eval_gsm8k_flexible},
    Named{"numeric", numeric},
    Named{"exact", exact},
};

}  // namespace

Extractor find_extractor(std::string_view name) {
  const auto found = std::ranges::find(kExtractors, name, &Named::name);
  if (found == kExtractors.end()) {
    throw Error(Errc::config,
                fmt::format("extractor: found '{}', expected one of openai:gsm8k, "
                            "lm_eval:gsm8k_strict, lm_eval:gsm8k_flexible, numeric, exact",
                            name));
  }
  return found->extractor;
}

}  // namespace tally::worker
