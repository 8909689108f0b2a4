#include "core/base/error.hpp"
#include "worker/scorer.hpp"

namespace tally::worker {

std::unique_ptr<Scorer> make_scorer(const ScorerContext& context) {
  switch (context.entry.evaluator) {
#define TALLY_EVALUATOR(name, kind, columns) \
  case Evaluator::name:                      \
    return make_##name(context);
#include "core/config/evaluators.def"
#undef TALLY_EVALUATOR
  }
  throw Error(Errc::internal, "evaluator: found one that evaluators.def does not name");
}

}  // namespace tally::worker
