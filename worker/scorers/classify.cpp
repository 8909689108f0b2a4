#include "worker/scorers/classify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

Score invalid(std::string explanation) {
  Score score;
  score.outcome = Outcome::invalid;
  score.explanation = std::move(explanation);
  return score;
}

std::optional<std::size_t> class_of(std::string_view target, std::size_t classes) {
  target = strip(target);
  std::size_t label = 0;
  const char* const end = target.data() + target.size();
  const auto parsed = std::from_chars(target.data(), end, label);
  if (parsed.ec != std::errc{} || parsed.ptr != end || label >= classes) return std::nullopt;
  return label;
}

// Inverse transform over the classes in order. The largest logit is subtracted first, so the sum is
// at least 1 and nothing overflows, whatever the temperature.
std::size_t draw(std::span<const float> logits, float largest, double temperature,
                 ItemRandom& random) {
  const auto weight = [&](float logit) {
    return std::exp((static_cast<double>(logit) - static_cast<double>(largest)) / temperature);
  };
  double total = 0.0;
  for (const float logit : logits) total += weight(logit);
  const double point = random.next_unit() * total;
  double passed = 0.0;
  std::size_t last = 0;  // rounding may leave `point` just above the sum
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double w = weight(logits[i]);
    if (w <= 0.0) continue;
    last = i;
    passed += w;
    if (point < passed) return i;
  }
  return last;
}

}  // namespace

Score Classify::score(const Task& task, const Doc& doc, const Completion& completion,
                      ItemRandom& random) const {
  const std::vector<float>& logits = completion.logits;
  if (logits.empty()) return invalid("logits: found none, expected one per class");
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i])) {
      return invalid(fmt::format("logits: found NaN for class {}, expected numbers", i));
    }
  }
  const auto largest = std::ranges::max_element(logits);  // the first of equal ones
  if (!std::isfinite(*largest)) {
    return invalid(fmt::format("logits: found {} as the largest, expected a finite one", *largest));
  }
  const auto label = class_of(doc.target, logits.size());
  if (!label) {
    return invalid(fmt::format("doc '{}': target: found '{}', expected a class 0..{}", doc.id,
                               doc.target, logits.size() - 1));
  }
  const std::size_t predicted = task.temperature > 0.0
                                    ? draw(logits, *largest, task.temperature, random)
                                    : static_cast<std::size_t>(largest - logits.begin());
  Score score;
  score.outcome = Outcome::scored;
  score.value = predicted == *label ? 1.0 : 0.0;
  score.answer = std::to_string(predicted);
  return score;
}

}  // namespace tally::worker
