#include "worker/scorers/comparators.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "core/base/error.hpp"

namespace tally::worker {

const Comparator& find_comparator(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto family :
       {plain_comparators(), hf_comparators(), helm_comparators(), inspect_comparators()}) {
    for (const Comparator& each : family) {
      if (each.name == name) return each;
      known.push_back(each.name);
    }
  }
  throw Error(Errc::config, fmt::format("comparator: found '{}', expected one of {}", name,
                                        fmt::join(known, ", ")));
}

}  // namespace tally::worker
