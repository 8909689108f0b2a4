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

  /// Returns where each row's text lies in the results.
  [[nodiscard]] std::vector<std::uint64_t> copy(const std::vector<Rows>& rows) {
    target_.assign(lengths_.size(), 0);
    for (const Run& run : runs(rows)) {
      const auto of_run = std::span(rows).subspan(run.begin_rows, run.end_rows - run.begin_rows);
      if (worth_copying(run))
        copy_blocks(run, of_run);
      else
        pack_rows(run, of_run);
    }
    return std::move(target_);
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

  /// Into packed_.
  void read_block(std::uint64_t block) {
    const auto guard = channel_.parsing(name_);
    shard_.read_text_block(text_, block, packed_);
  }

  /// Metrics read the answers back, where a block that does not unpack could no longer be blamed on
  /// its shard. The other texts are copied on the word of the digest.
  void check_block() {
    const auto guard = channel_.parsing(name_);
    scratch_.resize(kTextBlock);
    inflate_block(packed_.deflated, scratch_);
  }

  void copy_blocks(const Run& run, std::span<const Rows> rows) {
    std::uint64_t base = 0;
    for (std::uint64_t block = run.first_block; block <= run.last_block; ++block) {
      read_block(block);
      if (text_ == Text::answer) check_block();
      const std::uint64_t at = results_.append_block(text_, packed_.deflated);
      if (block == run.first_block) base = at;
    }
    const std::uint64_t from = run.first_block * kTextBlock;
    for (const Rows& r : rows)
      for (std::size_t row = r.begin; row < r.end; ++row)
        if (lengths_[row] > 0) target_[row] = base + source_[row] - from;
  }

  /// The text of a run of blocks.
  [[nodiscard]] std::string unpack(const Run& run) {
    const std::uint64_t whole = std::min<std::uint64_t>(kTextBlock, shard_.text_size(text_));
    std::string out;
    out.resize((run.last_block - run.first_block + 1) * whole);
    for (std::uint64_t block = run.first_block; block <= run.last_block; ++block) {
      read_block(block);
      const auto guard = channel_.parsing(name_);
      inflate_block(packed_.deflated,
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
  TextBlock packed_;
  std::string scratch_;
};

}  // namespace

void copy_rows(ShardReader shard, const std::string& name, const IntervalSet& won,
               const ShardChannel& channel, ResultsWriter& results) {
  ShardRows copied;
  copied.rows = winning_rows(shard.columns().ordinal, won);
  for (std::size_t i = 0; i < kTexts; ++i) {
    const auto text = static_cast<Text>(i);
    if (shard.text_size(text) > 0)
      copied.text_offsets[i] = TextCopy(shard, text, name, channel, results).copy(copied.rows);
  }
  copied.columns = std::move(shard).take_columns();
  results.put_rows(std::move(copied));
  if (channel.alone()) results.drain();
}

}  // namespace tally::aggregator
