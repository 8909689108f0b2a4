#include "worker/deal.hpp"

#include <algorithm>
#include <limits>
#include <ranges>

namespace tally::worker {

Deal::Deal(const IntervalSet& work, std::span<const Ordinal> cuts, const DealOptions& options)
    : options_(options), hands_(options.ranks) {
  for (const Ordinal cut : cuts) piles_.push_back({.end = cut, .parts = {}});
  piles_.push_back({.end = std::numeric_limits<Ordinal>::max(), .parts = {}});
  for (const Interval interval : work.intervals()) put(interval, false);
}

void Deal::put(Interval interval, bool at_front) {
  auto pile = std::ranges::upper_bound(piles_, interval.begin, {}, &Pile::end);
  while (!interval.empty()) {
    const Interval part{interval.begin, std::min(interval.end, pile->end)};
    if (at_front) {
      pile->parts.push_front(part);
    } else {
      pile->parts.push_back(part);
    }
    pile->items += part.size();
    remaining_ += part.size();
    interval.begin = part.end;
    ++pile;
  }
}

Deal::Pile* Deal::pile_for(Hand& hand) {
  if (hand.pile && piles_[*hand.pile].items > 0) return &piles_[*hand.pile];
  if (remaining_ == 0) return nullptr;
  if (hand.pile) --piles_[*hand.pile].ranks;
  // The model with the most work per rank, counting the new one: models spread over the ranks.
  const auto share = [](const Pile& pile) {
    return static_cast<double>(pile.items) / static_cast<double>(pile.ranks + 1);
  };
  const auto best = std::ranges::max_element(piles_, {}, share);
  hand.pile = static_cast<std::size_t>(best - piles_.begin());
  ++best->ranks;
  return &*best;
}

std::uint64_t Deal::chunk_size() const noexcept {
  if (options_.chunk > 0) return options_.chunk;
  const std::uint64_t guided = remaining_ / (options_.shares * options_.ranks);
  return std::clamp(guided, options_.min_chunk, options_.max_chunk);
}

std::optional<Interval> Deal::next(std::size_t rank) {
  Hand& hand = hands_.at(rank);
  if (hand.lost) return std::nullopt;
  Pile* const pile = pile_for(hand);
  if (pile == nullptr) return std::nullopt;
  Interval& part = pile->parts.front();
  const Interval chunk{part.begin, part.begin + std::min(part.size(), chunk_size())};
  part.begin = chunk.end;
  if (part.empty()) pile->parts.pop_front();
  pile->items -= chunk.size();
  remaining_ -= chunk.size();
  hand.dealt += chunk.size();
  if (!hand.open.empty() && hand.open.back().end == chunk.begin) {
    hand.open.back().end = chunk.end;
  } else {
    hand.open.push_back(chunk);
  }
  return chunk;
}

void Deal::committed(std::size_t rank, std::uint64_t total) {
  Hand& hand = hands_.at(rank);
  while (!hand.lost && hand.committed < total && !hand.open.empty()) {
    Interval& first = hand.open.front();
    const std::uint64_t taken = std::min(first.size(), total - hand.committed);
    first.begin += taken;
    hand.committed += taken;
    if (first.empty()) hand.open.pop_front();
  }
}

std::uint64_t Deal::lose(std::size_t rank) {
  Hand& hand = hands_.at(rank);
  if (hand.lost) return 0;
  hand.lost = true;
  if (hand.pile) --piles_[*hand.pile].ranks;
  const std::uint64_t before = remaining_;
  for (const Interval interval : std::views::reverse(hand.open)) put(interval, true);
  hand.open.clear();
  return remaining_ - before;
}

IntervalSet Deal::held(std::size_t rank) const {
  const Hand& hand = hands_.at(rank);
  return IntervalSet::of({hand.open.begin(), hand.open.end()});
}

}  // namespace tally::worker
