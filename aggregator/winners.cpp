#include "aggregator/winners.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <string_view>

#include "aggregator/shard_loader.hpp"
#include "aggregator/verified_shard.hpp"
#include "core/base/error.hpp"
#include "core/shard/record.hpp"

namespace tally::aggregator {
namespace {

constexpr std::uint64_t kWindow = 4'000'000;  // ordinals: 128 MB of slots

/// The best record seen so far of one ordinal, and what its counted records had in common.
struct Slot {
  std::uint64_t content = 0;  // of the first counted record
  std::uint32_t shard = UINT32_MAX;
  std::uint32_t attempt = 0;
  Outcome outcome = Outcome::infra_error;
  std::uint8_t counted = 0;  // counted records: 0, 1, or 2 for more
  bool differs = false;
};

std::size_t mix(std::size_t a, std::size_t b) {
  return (a ^ std::rotr(b, 29)) * 0x9E3779B97F4A7C15;
}

/// Records and texts of one shard, for comparing contents.
class Contents {
 public:
  explicit Contents(const ShardReader& shard) : columns_(shard.columns()) {
    for (const Text text : {Text::completion, Text::answer}) {
      Column& column = texts_[text == Text::answer ? 1 : 0];
      if (shard.text_size(text) == 0) continue;
      column.bytes = shard.unpack_text(text);
      column.offsets.push_back(0);
      for (const std::uint32_t length : columns_.texts[static_cast<std::size_t>(text)].lengths)
        column.offsets.push_back(column.offsets.back() + length);
    }
  }

  [[nodiscard]] std::uint64_t of_row(std::size_t row) const {
    std::size_t hash =
        mix(columns_.outcome[row], std::bit_cast<std::uint64_t>(columns_.score[row]));
    for (const Column& column : texts_) {
      if (column.offsets.empty()) continue;
      const std::uint64_t begin = column.offsets[row];
      const auto text =
          std::string_view(column.bytes).substr(begin, column.offsets[row + 1] - begin);
      // An absent column and empty texts are the same content.
      if (!text.empty()) hash = mix(hash, std::hash<std::string_view>{}(text));
    }
    return hash;
  }

 private:
  struct Column {
    std::string bytes;
    std::vector<std::uint64_t> offsets;
  };
  const RecordBatch& columns_;
  std::array<Column, 2> texts_;
};

/// One window of overlapping ordinals.
class Window {
 public:
  Window(IntervalSet ordinals, const std::vector<ListedShard>& shards)
      : ordinals_(std::move(ordinals)), shards_(shards), slots_(ordinals_.size()) {}

  [[nodiscard]] const IntervalSet& ordinals() const noexcept { return ordinals_; }

  void add(std::uint32_t shard, const ShardReader& reader) {
    const RecordBatch& columns = reader.columns();
    const Contents contents(reader);
    std::size_t row = 0;
    std::uint64_t base = 0;  // slot of the interval's first ordinal
    for (const Interval& interval : ordinals_.intervals()) {
      const auto from = columns.ordinal.begin() + static_cast<std::ptrdiff_t>(row);
      row = static_cast<std::size_t>(std::lower_bound(from, columns.ordinal.end(), interval.begin) -
                                     columns.ordinal.begin());
      for (; row < columns.size() && columns.ordinal[row] < interval.end; ++row)
        offer(slots_[base + columns.ordinal[row] - interval.begin], shard, columns, row, contents);
      base += interval.size();
    }
  }

  /// Hands the ordinals to their winners.
  void award(std::vector<std::vector<Interval>>& won, Winners& winners) const {
    std::size_t slot = 0;
    std::vector<Interval> conflicting;
    for (const Interval& interval : ordinals_.intervals()) {
      for (Ordinal ordinal = interval.begin; ordinal < interval.end; ++ordinal, ++slot) {
        const Slot& best = slots_[slot];
        if (best.shard == UINT32_MAX) continue;
        extend(won[best.shard], ordinal);
        if (best.differs)
          extend(conflicting, ordinal);
        else if (best.counted > 1)
          ++winners.duplicates;
      }
    }
    winners.conflicting = winners.conflicting.united(IntervalSet::of(std::move(conflicting)));
  }

 private:
  static void extend(std::vector<Interval>& intervals, Ordinal ordinal) {
    if (!intervals.empty() && intervals.back().end == ordinal)
      ++intervals.back().end;
    else
      intervals.push_back({ordinal, ordinal + 1});
  }

  void offer(Slot& slot, std::uint32_t shard, const RecordBatch& columns, std::size_t row,
             const Contents& contents) {
    const auto outcome = static_cast<Outcome>(columns.outcome[row]);
    if (is_counted(outcome)) {
      const std::uint64_t content = contents.of_row(row);
      if (slot.counted == 0) slot.content = content;
      slot.differs = slot.differs || slot.content != content;
      slot.counted = slot.counted == 0 ? 1 : 2;
    }
    const Candidate candidate{outcome, columns.attempt[row], shards_[shard].name};
    const bool first = slot.shard == UINT32_MAX;
    if (!first && !beats(candidate, {slot.outcome, slot.attempt, shards_[slot.shard].name})) return;
    slot.shard = shard;
    slot.attempt = candidate.attempt;
    slot.outcome = outcome;
  }

  IntervalSet ordinals_;
  const std::vector<ListedShard>& shards_;
  std::vector<Slot> slots_;
};

void read_window(Window& window, const RunDir& run, const std::vector<ListedShard>& shards,
                 const ShardChannel& channel, std::vector<BadShard>& bad) {
  std::vector<std::uint32_t> involved;
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < shards.size(); ++i) {
    if (shards[i].header.items.intersected(window.ordinals()).empty()) continue;
    involved.push_back(i);
    names.push_back(shards[i].name);
  }
  ShardLoader loader(run.shards(), names);
  while (auto loaded = loader.next()) {
    const std::uint32_t shard = involved[loaded->index];
    try {
      const ShardReader reader =
          open_verified(std::move(*loaded), shards[shard], run.shards(), channel);
      const auto guard = channel.parsing(shards[shard].name);
      window.add(shard, reader);
    } catch (const Error& error) {
      if (error.code() != Errc::data) throw;
      bad.push_back({shards[shard].name, error.what()});
    }
  }
}

}  // namespace

IntervalSet overlapping(const std::vector<ListedShard>& shards) {
  struct Edge {
    std::uint64_t at;
    int step;
  };
  std::vector<Edge> edges;
  for (const ListedShard& shard : shards) {
    for (const Interval& interval : shard.header.items.intervals()) {
      edges.push_back({interval.begin, 1});
      edges.push_back({interval.end, -1});
    }
  }
  // Ends before begins: intervals that only touch don't overlap.
  std::ranges::sort(edges, [](const Edge& a, const Edge& b) {
    return a.at != b.at ? a.at < b.at : a.step < b.step;
  });
  std::vector<Interval> found;
  int depth = 0;
  for (const Edge& edge : edges) {
    depth += edge.step;
    if (edge.step > 0 && depth == 2) found.push_back({edge.at, edge.at});
    if (edge.step < 0 && depth == 1) found.back().end = edge.at;
  }
  return IntervalSet::of(std::move(found));
}

Winners find_winners(const RunDir& run, const std::vector<ListedShard>& shards,
                     const ShardChannel& channel) {
  Winners winners;
  IntervalSet overlap = overlapping(shards);
  std::vector<std::vector<Interval>> resolved(shards.size());
  while (!overlap.empty() && winners.bad.empty()) {
    std::vector<Interval> part;
    for (std::uint64_t left = kWindow; left > 0 && !overlap.empty(); left -= part.back().size())
      part.push_back(overlap.take_front(left));
    Window window(IntervalSet::of(std::move(part)), shards);
    read_window(window, run, shards, channel, winners.bad);
    window.award(resolved, winners);
  }
  if (!winners.bad.empty()) return winners;
  const IntervalSet contested = overlapping(shards);
  std::vector<Interval> all;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const IntervalSet alone = shards[i].header.items.minus(contested);
    winners.won.push_back(alone.united(IntervalSet::of(std::move(resolved[i]))));
    const auto& intervals = winners.won.back().intervals();
    all.insert(all.end(), intervals.begin(), intervals.end());
  }
  winners.coverage = IntervalSet::of(std::move(all));
  return winners;
}

}  // namespace tally::aggregator
