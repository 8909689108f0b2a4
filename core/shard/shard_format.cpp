#include "core/shard/shard_format.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace tally {

const char* length_dataset(Text text) noexcept {
  static constexpr std::array<const char*, kTexts> kNames{"completion_len", "answer_len",
                                                          "error_len", "session_len"};
  return kNames[static_cast<std::size_t>(text)];
}

const char* bytes_dataset(Text text) noexcept {
  static constexpr std::array<const char*, kTexts> kNames{"completion_bytes", "answer_bytes",
                                                          "error_bytes", "session_bytes"};
  return kNames[static_cast<std::size_t>(text)];
}

bool is_metric_name(std::string_view name) noexcept {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_other = [](char c) { return (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 63 && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || is_other(c); });
}

std::vector<FailedItems> failed_items(const RecordBatch& batch) {
  std::map<std::pair<std::uint8_t, std::uint32_t>, IntervalSet> sets;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const auto outcome = static_cast<Outcome>(batch.outcome[row]);
    if (outcome != Outcome::generation_error && outcome != Outcome::infra_error) continue;
    const Ordinal ordinal = batch.ordinal[row];
    sets[{batch.outcome[row], batch.attempt[row]}].add({ordinal, ordinal + 1});
  }
  std::vector<FailedItems> failed;
  for (auto& [key, items] : sets) failed.push_back({key.first, key.second, std::move(items)});
  return failed;
}

}  // namespace tally
