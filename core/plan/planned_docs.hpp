#pragma once
#include <vector>

#include "core/dataset/dataset.hpp"
#include "core/plan/plan.hpp"

namespace tally {

/// The docs of one planned dataset; the file's digest is checked against the plan first.
/// Throws as read_docs(), and Error(data) "sha256: found ..., expected ..." when the file changed
/// or holds another number of docs than planned.
[[nodiscard]] std::vector<Doc> load_docs(const PlannedDataset& dataset);

}  // namespace tally
