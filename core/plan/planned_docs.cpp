#include "core/plan/planned_docs.hpp"

#include <fmt/format.h>

#include "core/base/error.hpp"

namespace tally {

std::vector<Doc> load_docs(const PlannedDataset& dataset) {
  const Digest found = sha256_file(dataset.file);
  if (found != dataset.digest) {
    throw Error(Errc::data, fmt::format("found {}, expected {}", found.hex(), dataset.digest.hex()),
                {dataset.file, "sha256", 0});
  }
  // The planned number is after --limit, so it is the limit here.
  std::vector<Doc> docs = read_docs(dataset.spec, dataset.file, dataset.docs);
  if (docs.size() != dataset.docs) {
    throw Error(Errc::data, fmt::format("found {}, expected {}", docs.size(), dataset.docs),
                {dataset.file, "docs", 0});
  }
  return docs;
}

}  // namespace tally
