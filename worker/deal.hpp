#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/interval_set.hpp"

namespace tally::worker {

/// How work is cut into chunks.
struct DealOptions {
  std::size_t ranks = 1;            ///< >= 1.
  std::uint64_t chunk = 0;          ///< Items per chunk; 0: guided.
  std::uint64_t min_chunk = 1;      ///< Guided: smallest chunk, >= 1.
  std::uint64_t max_chunk = 16384;  ///< Guided: largest chunk, >= min_chunk.
  std::uint64_t shares = 8;         ///< Guided: a chunk is remaining / (shares * ranks).
};

/// Who gets which ordinals: the books of dealing, without MPI, threads or clock.
///
/// Chunks are sized by guided self-scheduling (Polychronopoulos and Kuck, IEEE Trans. Comput.
/// C-36(12), 1987): large at first, single items at the end, so ranks of different speed finish
/// together. A chunk never crosses a cut (the start of another model), and a rank stays with its
/// model as long as there is work for it, so it loads as few models as possible.
///
/// A rank works and commits in the order in which it was dealt, so one number says what it has
/// committed. What it has not is given back when the rank is lost.
class Deal {
 public:
  /// `work` in ordinals; `cuts`: ascending ordinals at which another model starts.
  Deal(const IntervalSet& work, std::span<const Ordinal> cuts, const DealOptions& options);

  /// The next chunk for `rank`; nullopt when nothing remains or the rank is lost.
  /// O(1), and O(models) when the rank changes its model.
  [[nodiscard]] std::optional<Interval> next(std::size_t rank);
  /// The first `total` items ever dealt to `rank` are committed. Ignored for a lost rank.
  void committed(std::size_t rank, std::uint64_t total);
  /// Gives back what `rank` has not committed; it gets nothing more. Returns the items given back.
  std::uint64_t lose(std::size_t rank);

  [[nodiscard]] std::uint64_t remaining() const noexcept { return remaining_; }  ///< Not dealt.
  /// Items ever dealt to `rank`.
  [[nodiscard]] std::uint64_t dealt(std::size_t rank) const { return hands_.at(rank).dealt; }
  /// What `rank` was dealt and has not committed.
  [[nodiscard]] IntervalSet held(std::size_t rank) const;

 private:
  struct Pile {  // the work left for one model
    Ordinal end = 0;
    std::deque<Interval> parts;
    std::uint64_t items = 0;
    std::size_t ranks = 0;  // ranks that hold this model now
  };
  struct Hand {
    std::deque<Interval> open;  // dealt, not committed, in the order dealt
    std::uint64_t dealt = 0;
    std::uint64_t committed = 0;
    std::optional<std::size_t> pile;
    bool lost = false;
  };
  void put(Interval interval, bool at_front);
  [[nodiscard]] Pile* pile_for(Hand& hand);
  [[nodiscard]] std::uint64_t chunk_size() const noexcept;

  DealOptions options_;
  std::vector<Pile> piles_;
  std::vector<Hand> hands_;
  std::uint64_t remaining_ = 0;
};

}  // namespace tally::worker
