#include <fmt/format.h>

#include "core/base/error.hpp"
#include "worker/scorer.hpp"
#include "worker/scorers/classify.hpp"
#include "worker/scorers/free_response.hpp"

namespace tally::worker {

// A new scorer is one line here and one enumerator in core/config/run_config.hpp.
std::unique_ptr<Scorer> make_scorer(const TaskSpec& entry) {
  switch (entry.evaluator) {
    case Evaluator::classify:
      return std::make_unique<Classify>();
    case Evaluator::free_response:
      return std::make_unique<FreeResponse>(entry.extractor, entry.comparator);
  }
  throw Error(Errc::config, fmt::format("evaluator: found number {}, expected one that is "
                                        "registered in worker/scorers/registry.cpp",
                                        static_cast<int>(entry.evaluator)));
}

}  // namespace tally::worker
