#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aggregator/compare/difference.hpp"
#include "core/plan/plan.hpp"

namespace tally::aggregator {

/// What the dataset's file says of docs and the results do not: ids, groups and contents. A file
/// that is gone or has changed since the plan leaves them unknown. Reads each dataset once. Not
/// thread-safe.
class DocLabels {
 public:
  /// `plan` must outlive it.
  explicit DocLabels(const Plan& plan) : plan_(plan) {}
  /// Puts ids into `flips`. `dataset`: index in the plan. No flips, no reading.
  void name(std::uint32_t dataset, std::vector<Flip>& flips);
  /// A number for the group of each of `rows`; nullopt when groups are unknown.
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> groups(
      std::uint32_t dataset, const std::vector<std::uint64_t>& rows);
  /// A hash of the content of each of `rows`, target included (docs/formats.md#doc-hash); nullopt
  /// when it is unknown.
  [[nodiscard]] std::optional<std::vector<std::uint64_t>> hashes(
      std::uint32_t dataset, const std::vector<std::uint64_t>& rows);
  /// Why something is unknown, a line per dataset.
  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  struct Label {
    std::string id;
    std::uint32_t group = 0;
    std::uint64_t hash = 0;
  };
  using Labels = std::map<std::uint64_t, Label>;  // by row; empty when unknown
  const Labels& of(std::uint32_t dataset);
  [[nodiscard]] Labels read(std::uint32_t dataset);

  const Plan& plan_;
  std::map<std::uint32_t, Labels> known_;
  std::vector<std::string> problems_;
};

}  // namespace tally::aggregator
