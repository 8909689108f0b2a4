#include "core/config/metric_columns.hpp"

namespace tally {

const std::vector<std::string_view>& metric_columns(Evaluator evaluator) noexcept {
  static const std::vector<std::string_view> classify{"confidence", "nll"};
  static const std::vector<std::string_view> none;
  return evaluator == Evaluator::classify ? classify : none;
}

}  // namespace tally
