#include "aggregator/shard_copy.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/shard/shard_format.hpp"
#include "core/shard/text_blocks.hpp"

namespace tally::aggregator {
namespace {

/// Neighbouring rows of a shard that win, and where they go.
struct Rows {
  std::size_t begin = 0;  // in the shard
  std::size_t end = 0;
  Ordinal first = 0;  // in the results
};

/// Neighbouring blocks of a text that hold winning rows: rows[begin_rows, end_rows).
struct Run {
  std::uint64_t first_block = 0;
  std::uint64_t last_block = 0;  // inclusive
  std::size_t begin_rows = 0;
  std::size_t end_rows = 0;
  std::uint64_t won_bytes = 0;
};

std::vector<Rows> winning_rows(const std::vector<std::uint64_t>& ordinals, const IntervalSet& won) {
  std::vector<Rows> rows;
  auto from = ordinals.begin();
  for (const Interval& interval : won.intervals()) {
    from = std::lower_bound(from, ordinals.end(), interval.begin);
    const auto begin = static_cast<std::size_t>(from - ordinals.begin());
    rows.push_back({begin, begin + interval.size(), interval.begin});
    from += static_cast<std::ptrdiff_t>(interval.size());
  }
  return rows;
}

template <class T>
std::span<const T> part(const std::vector<T>& column, const Rows& rows) {
  return std::span(column).subspan(rows.begin, rows.end - rows.begin);
}

class TextCopy {
 public:
  TextCopy(const ShardReader& shard, Text text, const std::string& name,
           const ShardChannel& channel, ResultsWriter& results)
      : shard_(shard),
        text_(text),
        name_(name),
        channel_(channel),
        results_(results),
        lengths_(shard.columns().texts[static_cast<std::size_t>(text)].lengths) {
    source_.reserve(lengths_.size() + 1);
    source_.push_back(0);
    for (const std::uint32_t length : lengths_) source_.push_back(source_.back() + length);
  }

  void copy(const std::vector<Rows>& rows) {
    target_.assign(lengths_.size(), 0);
    for (const Run& run : runs(rows)) {
      const auto of_run = std::span(rows).subspan(run.begin_rows, run.end_rows - run.begin_rows);
      if (worth_copying(run))
        copy_blocks(run, of_run);
      else
        pack_rows(run, of_run);
    }
    for (const Rows& r : rows)
      results_.put_text(text_, r.first, part(target_, r), part(lengths_, r));
  }

 private:
  [[nodiscard]] std::vector<Run> runs(const std::vector<Rows>& rows) const {
    std::vector<Run> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint64_t begin = source_[rows[i].begin];
      const std::uint64_t end = source_[rows[i].end];
      if (begin == end) continue;
      const std::uint64_t first = begin / kTextBlock;
      const std::uint64_t last = (end - 1) / kTextBlock;
      if (found.empty() || first > found.back().last_block + 1)
        found.push_back({first, last, i, i + 1, 0});
      found.back().last_block = last;
      found.back().end_rows = i + 1;
      found.back().won_bytes += end - begin;
    }
    return found;
  }

  /// A text shorter than a block is one short chunk, which cannot stand among whole ones. Otherwise
  /// at least half of what is copied must be of use, so results are at most twice as large as
  /// packed.
  [[nodiscard]] bool worth_copying(const Run& run) const {
    const std::uint64_t bytes = (run.last_block - run.first_block + 1) * kTextBlock;
    return shard_.text_size(text_) >= kTextBlock && run.won_bytes * 2 >= bytes;
  }

  [[nodiscard]] TextBlock read_block(std::uint64_t block) const {
    const auto guard = channel_.parsing(name_);
    return shard_.text_block(text_, block);
  }

  /// Metrics read the answers back, where a block that does not unpack could no longer be blamed on
  /// its shard. The other texts are copied on the word of the digest.
  void check_block(const TextBlock& packed) const {
    const auto guard = channel_.parsing(name_);
    std::string scratch(kTextBlock, '\0');
    inflate_block(packed.deflated, scratch);
  }

  void copy_blocks(const Run& run, std::span<const Rows> rows) {
    std::uint64_t base = 0;
    for (std::uint64_t block = run.first_block; block <= run.last_block; ++block) {
      const TextBlock packed = read_block(block);
      if (text_ == Text::answer) check_block(packed);
      const std::uint64_t at = results_.append_block(text_, packed.deflated);
      if (block == run.first_block) base = at;
    }
    const std::uint64_t from = run.first_block * kTextBlock;
    for (const Rows& r : rows)
      for (std::size_t row = r.begin; row < r.end; ++row)
        if (lengths_[row] > 0) target_[row] = base + source_[row] - from;
  }

  /// The text of a run of blocks.
  [[nodiscard]] std::string unpack(const Run& run) const {
    const std::uint64_t whole = std::min<std::uint64_t>(kTextBlock, shard_.text_size(text_));
    std::string out;
    out.resize((run.last_block - run.first_block + 1) * whole);
    for (std::uint64_t block = run.first_block; block <= run.last_block; ++block) {
      const TextBlock packed = read_block(block);
      const auto guard = channel_.parsing(name_);
      inflate_block(packed.deflated,
                    std::span(out).subspan((block - run.first_block) * whole, whole));
    }
    return out;
  }

  void pack_rows(const Run& run, std::span<const Rows> rows) {
    const std::string bytes = unpack(run);
    const std::uint64_t from = run.first_block * kTextBlock;
    for (const Rows& r : rows)
      for (std::size_t row = r.begin; row < r.end; ++row)
        target_[row] = results_.append_row(
            text_, std::string_view(bytes).substr(source_[row] - from, lengths_[row]));
  }

  const ShardReader& shard_;
  Text text_;
  const std::string& name_;
  const ShardChannel& channel_;
  ResultsWriter& results_;
  const std::vector<std::uint32_t>& lengths_;
  std::vector<std::uint64_t> source_;  // offset of each row in the shard's text, and the end
  std::vector<std::uint64_t> target_;  // offset of each row in the results
};

}  // namespace

void copy_rows(const ShardReader& shard, const std::string& name, const IntervalSet& won,
               const ShardChannel& channel, ResultsWriter& results) {
  const RecordBatch& columns = shard.columns();
  const std::vector<Rows> rows = winning_rows(columns.ordinal, won);
  visit_columns(columns, [&](const char* column, const auto& values) {
    if (std::string_view(column) == "ordinal") return;
    for (const Rows& r : rows) results.put(column, r.first, part(values, r));
  });
  for (std::size_t i = 0; i < columns.metrics.size(); ++i)
    for (const Rows& r : rows)
      results.put_metric(columns.metric_names[i], r.first, part(columns.metrics[i], r));
  for (std::size_t i = 0; i < kTexts; ++i) {
    const auto text = static_cast<Text>(i);
    if (shard.text_size(text) > 0) TextCopy(shard, text, name, channel, results).copy(rows);
  }
}

}  // namespace tally::aggregator
