#include "worker/scorers/classify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "core/config/evaluators.hpp"
#include "worker/scorers/text.hpp"

namespace tally::worker {
namespace {

std::optional<std::size_t> class_of(std::string_view target, std::size_t classes) {
  target = strip(target);
  std::size_t label = 0;
  const char* const end = target.data() + target.size();
  const auto parsed = std::from_chars(target.data(), end, label);
  if (parsed.ec != std::errc{} || parsed.ptr != end || label >= classes) return std::nullopt;
  return label;
}

// exp((logit - largest) / T) per class. The largest logit is subtracted first, so the sum is at
// least 1 and nothing overflows, whatever the temperature.
std::vector<double> weights_of(std::span<const float> logits, float largest, double temperature) {
  std::vector<double> weights;
  weights.reserve(logits.size());
  for (const float logit : logits) {
    weights.push_back(
        std::exp((static_cast<double>(logit) - static_cast<double>(largest)) / temperature));
  }
  return weights;
}

// Nucleus sampling (Holtzman et al. 2020, arXiv 1904.09751): keeps the most probable classes, the
// lower class of equal ones first, until their mass reaches top_p; the others get weight 0.
void keep_nucleus(std::vector<double>& weights, double top_p) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  const double wanted = top_p * std::accumulate(weights.begin(), weights.end(), 0.0);
  double mass = 0.0;
  for (const std::size_t i : order) {
    if (mass >= wanted) {
      weights[i] = 0.0;
    } else {
      mass += weights[i];
    }
  }
}

// Inverse transform over the classes in order.
std::size_t draw(const std::vector<double>& weights, ItemRandom& random) {
  const double point = random.next_unit() * std::accumulate(weights.begin(), weights.end(), 0.0);
  double passed = 0.0;
  std::size_t last = 0;  // rounding may leave `point` just above the sum
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0.0) continue;
    last = i;
    passed += weights[i];
    if (point < passed) return i;
  }
  return last;
}

std::size_t predict(const Task& task, std::span<const float> logits, std::size_t largest,
                    ItemRandom& random) {
  if (task.temperature <= 0.0) return largest;
  std::vector<double> weights = weights_of(logits, logits[largest], task.temperature);
  if (task.top_p < 1.0) keep_nucleus(weights, task.top_p);
  return draw(weights, random);
}

// In the order of metric_names(), by the model's own distribution softmax(logits): sampling does
// not change what the model believes.
std::vector<float> figures(std::span<const float> logits, std::size_t largest,
                           std::size_t predicted, std::size_t label) {
  const std::vector<double> weights = weights_of(logits, logits[largest], 1.0);
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double below = static_cast<double>(logits[largest]) - static_cast<double>(logits[label]);
  return {static_cast<float>(weights[predicted] / total),
          static_cast<float>(below + std::log(total))};
}

}  // namespace

std::vector<std::string> Classify::metric_names() const {
  TaskSpec entry;
  entry.evaluator = Evaluator::classify;
  return metric_columns(entry);
}

Score Classify::score(const Task& task, const Doc& doc, const Completion& completion,
                      ItemRandom& random) const {
  const std::vector<float>& logits = completion.logits;
  if (logits.empty())
    return unscored(Outcome::invalid, "logits: found none, expected one per class");
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i])) {
      return unscored(Outcome::invalid,
                      fmt::format("logits: found NaN for class {}, expected numbers", i));
    }
  }
  // The first of equal ones.
  const auto largest = static_cast<std::size_t>(std::ranges::max_element(logits) - logits.begin());
  if (!std::isfinite(logits[largest])) {
    return unscored(
        Outcome::invalid,
        fmt::format("logits: found {} as the largest, expected a finite one", logits[largest]));
  }
  const auto label = class_of(doc.target, logits.size());
  if (!label) {
    return unscored(Outcome::invalid,
                    fmt::format("doc '{}': target: found '{}', expected a class 0..{}", doc.id,
                                doc.target, logits.size() - 1));
  }
  const std::size_t predicted = predict(task, logits, largest, random);
  Score score;
  score.outcome = Outcome::scored;
  score.value = predicted == *label ? 1.0 : 0.0;
  score.answer = std::to_string(predicted);
  score.metrics = figures(logits, largest, predicted, *label);
  return score;
}

std::unique_ptr<Scorer> make_classify(const ScorerContext& /*context*/) {
  return std::make_unique<Classify>();
}

}  // namespace tally::worker
