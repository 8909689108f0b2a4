#include "worker/scorers/free_response.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/base/error.hpp"

namespace tally::worker {
namespace {

std::string or_exact(const std::string& name) { return name.empty() ? "exact" : name; }

}  // namespace

FreeResponse::FreeResponse(const std::string& extractor, const std::string& comparator)
    : extractor_name_(or_exact(extractor)),
      extractor_(find_extractor(extractor_name_)),
      comparator_(&find_comparator(or_exact(comparator))) {}

Score FreeResponse::score(const Task& /*task*/, const Doc& doc, const Completion& completion,
                          ItemRandom& /*random*/) const {
  std::optional<std::string> extracted;
  try {
    extracted = extractor_(completion.text);
  } catch (const Error& error) {
    return unscored(Outcome::invalid,
                    fmt::format("extractor {}: {}", extractor_name_, error.what()));
  }
  // First the target: a doc that cannot be judged must not count for those without an answer.
  const Verdict verdict = comparator_->compare(extracted.value_or(""), doc.target);
  if (verdict == Verdict::bad_target) {
    return unscored(Outcome::invalid, fmt::format("doc '{}': target: found '{}', expected {}",
                                                  doc.id, doc.target, comparator_->wanted));
  }
  std::string answer = extracted ? comparator_->normalise(*extracted) : std::string();
  // An answer that normalises to nothing is none: it must not equal an empty target.
  if (answer.empty()) {
    return unscored(Outcome::no_answer,
                    fmt::format("extractor {}: found no answer", extractor_name_));
  }
  Score score;
  score.outcome = Outcome::scored;
  score.value = verdict == Verdict::equal ? 1.0 : 0.0;
  score.answer = std::move(answer);
  return score;
}

std::unique_ptr<Scorer> make_free_response(const ScorerContext& context) {
  return std::make_unique<FreeResponse>(context.entry.extractor, context.entry.comparator);
}

}  // namespace tally::worker
