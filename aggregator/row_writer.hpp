#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "core/base/descriptor.hpp"
#include "core/base/ids.hpp"
#include "core/shard/record.hpp"

namespace tally::aggregator {

/// Neighbouring rows of a shard that win, and where they go.
struct Rows {
  std::size_t begin = 0;  ///< In the shard.
  std::size_t end = 0;
  Ordinal first = 0;  ///< In the results.
};

/// What a shard gives to the results.
struct ShardRows {
  std::vector<Rows> rows;
  RecordBatch columns;
  /// Where the text of each row lies in the results; empty for a text the shard has not. Offset 0
  /// goes with length 0.
  std::array<std::vector<std::uint64_t>, kTexts> text_offsets;
};

/// A column of a file that lies there without gaps.
struct Place {
  std::uint64_t offset = 0;  ///< Bytes into the file.
  std::size_t width = 0;     ///< Bytes per row.
};

/// Where the columns of a shard lie in the results.
struct RowPlaces {
  std::vector<Place> fixed;    ///< In the order of visit_columns(), without the ordinal.
  std::vector<Place> metrics;  ///< In the order of the shard's metric_names.
  std::array<std::optional<Place>, kTexts> offsets, lengths;
};

/// Writes rows into columns that are already laid out, past HDF5. Calls for different rows may come
/// from several threads at once.
class RowWriter {
 public:
  /// Opens `file`, which must exist. Throws Error(io), as do all functions here.
  explicit RowWriter(const std::filesystem::path& file);

  void put(const Place& place, Ordinal first, std::span<const std::byte> bytes) const;
  void put(const RowPlaces& places, const ShardRows& shard) const;
  /// The same value in rows [first, last).
  template <class T>
  void fill(const Place& place, Ordinal first, Ordinal last, T value) const {
    const std::vector<T> values(std::min<std::uint64_t>(last - first, kFillRows), value);
    while (first < last) {
      const auto part =
          std::span(values).first(std::min<std::uint64_t>(last - first, values.size()));
      put(place, first, std::as_bytes(part));
      first += part.size();
    }
  }
  void close();

 private:
  static constexpr std::uint64_t kFillRows = 65'536;

  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace tally::aggregator
