#include "aggregator/compare/doc_labels.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/base/error.hpp"
#include "core/dataset/dataset.hpp"

namespace tally::aggregator {
namespace {

std::uint64_t number_of(const std::string& hex) {
  constexpr int kHex = 16;
  std::uint64_t number = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), number, kHex);
  return number;
}

}  // namespace

DocLabels::Labels DocLabels::read(std::uint32_t index) {
  const PlannedDataset& dataset = plan_.datasets[index];
  Labels labels;
  try {
    if (sha256_file(dataset.file) != dataset.digest)
      throw Error(Errc::data, "found other bytes than the plan's", {dataset.file, {}, 0});
    std::vector<Doc> docs = read_docs(dataset.spec, dataset.file, dataset.docs);
    const std::vector<std::uint64_t> rows = selected_rows(dataset, docs.size());
    std::map<std::string, std::uint32_t> groups;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto next = static_cast<std::uint32_t>(groups.size());
      const std::uint32_t group = groups.emplace(docs[i].group, next).first->second;
      labels[rows[i]] = {std::move(docs[i].id), group, number_of(docs[i].hash)};
    }
  } catch (const Error& error) {
    labels.clear();
    problems_.push_back(
        fmt::format("ids, groups and contents of docs are unknown: {}", error.what()));
  }
  return labels;
}

const DocLabels::Labels& DocLabels::of(std::uint32_t dataset) {
  const auto known = known_.find(dataset);
  if (known != known_.end()) return known->second;
  return known_.emplace(dataset, read(dataset)).first->second;
}

void DocLabels::name(std::uint32_t dataset, std::vector<Flip>& flips) {
  if (flips.empty()) return;
  const Labels& labels = of(dataset);
  for (Flip& flip : flips) {
    const auto found = labels.find(flip.row);
    if (found != labels.end()) flip.id = found->second.id;
  }
}

std::optional<std::vector<std::uint32_t>> DocLabels::groups(
    std::uint32_t dataset, const std::vector<std::uint64_t>& rows) {
  const Labels& labels = of(dataset);
  std::vector<std::uint32_t> groups;
  for (const std::uint64_t row : rows) {
    const auto found = labels.find(row);
    if (found == labels.end()) return std::nullopt;
    groups.push_back(found->second.group);
  }
  return groups;
}

std::optional<std::vector<std::uint64_t>> DocLabels::hashes(
    std::uint32_t dataset, const std::vector<std::uint64_t>& rows) {
  const Labels& labels = of(dataset);
  std::vector<std::uint64_t> hashes;
  for (const std::uint64_t row : rows) {
    const auto found = labels.find(row);
    if (found == labels.end()) return std::nullopt;
    hashes.push_back(found->second.hash);
  }
  return hashes;
}

}  // namespace tally::aggregator
