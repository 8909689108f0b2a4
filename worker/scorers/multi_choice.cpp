#include "worker/scorers/multi_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/utf8.hpp"
#include "core/config/evaluators.hpp"
#include "worker/scorers/letter.hpp"

namespace tally::worker {
namespace {

Score scored(std::size_t choice, std::size_t gold) {
  Score score;
  score.outcome = Outcome::scored;
  score.value = choice == gold ? 1.0 : 0.0;
  score.answer = letter_of(choice);
  return score;
}

// Doc::data of format mmlu; empty when it is of another.
std::vector<std::string> choices_of(const Doc& doc) {
  simdjson::dom::parser parser;
  simdjson::dom::array all;
  std::vector<std::string> choices;
  if (parser.parse(doc.data)["choices"].get(all) != simdjson::SUCCESS) return choices;
  for (const simdjson::dom::element each : all) {
    std::string_view text;
    if (each.get(text) != simdjson::SUCCESS) return {};
    choices.emplace_back(text);
  }
  return choices;
}

// Why these log-likelihoods say nothing about `choices` choices; nothing when they do.
std::optional<std::string> problem_of(std::span<const double> values, std::size_t choices) {
  if (values.empty()) {
    return fmt::format("loglikelihoods: found none, expected {}, one per choice", choices);
  }
  if (values.size() != choices) {
    return fmt::format("loglikelihoods: found {}, expected {}, one per choice", values.size(),
                       choices);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]) || values[i] == std::numeric_limits<double>::infinity()) {
      return fmt::format("loglikelihoods: found {} for choice {}, expected a number or -inf",
                         values[i], letter_of(i));
    }
  }
  if (std::ranges::none_of(values, [](double each) { return std::isfinite(each); })) {
    return "loglikelihoods: found -inf for every choice, expected one that is possible";
  }
  return std::nullopt;
}

// The lowest index of the largest value. None is NaN.
std::size_t largest(std::span<const double> values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

// Whether the choice with the largest log-likelihood per unit of length is the right one; NaN where
// a choice has no length.
template <class Length>
float right_by(std::span<const double> values, const std::vector<std::string>& choices,
               std::size_t gold, Length length) {
  std::vector<double> per_unit;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto units = static_cast<double>(length(choices[i]));
    if (units == 0.0) return std::numeric_limits<float>::quiet_NaN();
    per_unit.push_back(values[i] / units);
  }
  return largest(per_unit) == gold ? 1.0F : 0.0F;
}

// Letters are all of one length, so their normalised accuracies are the accuracy.
std::vector<float> normalised(const Completion& completion, const std::vector<std::string>& choices,
                              std::size_t gold) {
  const std::span<const double> values = completion.loglikelihoods;
  if (completion.of_letters) {
    const float right = largest(values) == gold ? 1.0F : 0.0F;
    return {right, right};
  }
  return {right_by(values, choices, gold, utf8_length),
          right_by(values, choices, gold, [](std::string_view text) { return text.size(); })};
}

Score by_loglikelihood(const Completion& completion, const std::vector<std::string>& choices,
                       std::size_t gold) {
  const std::span<const double> values = completion.loglikelihoods;
  if (auto problem = problem_of(values, choices.size())) {
    return unscored(Outcome::invalid, std::move(*problem));
  }
  const std::size_t choice = largest(values);
  Score score = scored(choice, gold);
  const bool tie = std::ranges::count(values, values[choice]) > 1;
  score.metrics = normalised(completion, choices, gold);
  score.metrics.push_back(tie ? 1.0F : 0.0F);
  return score;
}

Extractor extractor_of(const std::string& name) {
  const auto& known = extractor_words(Evaluator::multi_choice);
  if (std::ranges::find(known, name) == known.end()) {
    throw Error(Errc::config, fmt::format("extractor: found '{}', expected one of {}", name,
                                          fmt::join(known, ", ")));
  }
  return name == "loglikelihood" ? nullptr : find_extractor(name);
}

}  // namespace

MultiChoice::MultiChoice(std::string extractor)
    : name_(std::move(extractor)), extractor_(extractor_of(name_)) {}

std::vector<std::string> MultiChoice::metric_names() const {
  TaskSpec entry;
  entry.evaluator = Evaluator::multi_choice;
  return metric_columns(entry);
}

Score MultiChoice::by_letter(std::string_view text, std::size_t choices, std::size_t gold) const {
  std::optional<std::string> answer;
  try {
    answer = extractor_(text);
  } catch (const Error& error) {
    return unscored(Outcome::invalid, fmt::format("extractor {}: {}", name_, error.what()));
  }
  if (!answer) {
    return unscored(Outcome::no_answer, fmt::format("extractor {}: found no answer", name_));
  }
  const auto choice = choice_of(*answer, choices);
  if (!choice) {
    return unscored(Outcome::no_answer,
                    fmt::format("extractor {}: found '{}', expected a letter A..{}", name_,
                                std::string_view(*answer).substr(0, 40), letter_of(choices - 1)));
  }
  return scored(*choice, gold);
}

Score MultiChoice::score(const Task& /*task*/, const Doc& doc, const Completion& completion,
                         ItemRandom& /*random*/) const {
  const std::vector<std::string> choices = choices_of(doc);
  if (choices.empty() || choices.size() > kMaxChoices) {
    return unscored(Outcome::invalid, fmt::format("doc '{}': choices: found {}, expected 1..{}",
                                                  doc.id, choices.size(), kMaxChoices));
  }
  const auto gold = choice_of(doc.target, choices.size());
  if (!gold) {
    return unscored(Outcome::invalid,
                    fmt::format("doc '{}': target: found '{}', expected a letter A..{}", doc.id,
                                doc.target, letter_of(choices.size() - 1)));
  }
  if (extractor_ == nullptr) return by_loglikelihood(completion, choices, *gold);
  return by_letter(completion.text, choices.size(), *gold);
}

std::unique_ptr<Scorer> make_multi_choice(const ScorerContext& context) {
  return std::make_unique<MultiChoice>(context.entry.extractor);
}

}  // namespace tally::worker
