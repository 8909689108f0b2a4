#include "worker/scorers/extractors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "core/base/error.hpp"

namespace tally::worker {

Extractor find_extractor(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto family : {gsm8k_extractors(), mmlu_extractors(), plain_extractors()}) {
    for (const NamedExtractor& each : family) {
      if (each.name == name) return each.extract;
      known.push_back(each.name);
    }
  }
  throw Error(Errc::config, fmt::format("extractor: found '{}', expected one of {}", name,
                                        fmt::join(known, ", ")));
}

}  // namespace tally::worker
