#include "aggregator/doc_groups.hpp"

#include <fmt/format.h>

#include <map>
#include <string>

#include "core/base/error.hpp"
#include "core/plan/planned_docs.hpp"

namespace tally::aggregator {
namespace {

DocGroups groups_of(const PlannedDataset& dataset) {
  const std::vector<Doc> docs = load_docs(dataset);
  std::map<std::string, std::uint32_t> numbers;
  for (const Doc& doc : docs) numbers.try_emplace(doc.group);
  if (numbers.size() > kMaxGroups)
    throw Error(Errc::data,
                fmt::format("found {} groups, expected at most {}", numbers.size(), kMaxGroups),
                {dataset.file, "group_by " + dataset.spec.group_by, 0});
  DocGroups groups;
  groups.by = dataset.spec.group_by;
  for (auto& [name, number] : numbers) {
    number = static_cast<std::uint32_t>(groups.names.size());
    groups.names.push_back(name);
  }
  groups.of_doc.reserve(docs.size());
  for (const Doc& doc : docs) groups.of_doc.push_back(numbers.at(doc.group));
  return groups;
}

}  // namespace

std::vector<std::optional<DocGroups>> load_groups(const Plan& plan) {
  std::vector<std::optional<DocGroups>> groups;
  for (const PlannedDataset& dataset : plan.datasets) {
    groups.emplace_back();
    if (!dataset.spec.group_by.empty()) groups.back() = groups_of(dataset);
  }
  return groups;
}

}  // namespace tally::aggregator
