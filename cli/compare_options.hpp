#pragma once
#include <string>
#include <vector>

#include "aggregator/compare/compare.hpp"

namespace CLI {
class App;
}

namespace tally::cli {

/// What `compare` and `gate` share, as written.
struct CompareArguments {
  std::string metric = "accuracy";
  bool lower_is_better = false;
  bool higher_is_better = false;
  std::vector<std::string> allowed;
  bool allow_incomplete = false;
  aggregator::Selection selection;

  /// All but the models' options, whose names differ between the verbs.
  void add_to(CLI::App& command);
  /// `judged`: a verdict hangs on the direction, so that a column has to be given one. Throws
  /// Error(usage).
  [[nodiscard]] aggregator::CompareOptions options(bool judged) const;
};

/// A difference on the command line, in the metric's unit. Throws Error(usage) naming `option`.
[[nodiscard]] double parse_step(const std::string& text, const char* option,
                                const aggregator::DocMetric& metric);

}  // namespace tally::cli
