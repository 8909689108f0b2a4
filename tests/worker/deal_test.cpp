#include "worker/deal.hpp"

#include <random>

#include "catch.hpp"

using tally::Interval;
using tally::IntervalSet;
using tally::Ordinal;
using tally::worker::Deal;
using tally::worker::DealOptions;

namespace {

/// A reproducible random case: work with holes, cuts, ranks.
struct Case {
  IntervalSet work;
  std::vector<Ordinal> cuts;
  DealOptions options;

  explicit Case(unsigned seed) {
    std::mt19937_64 random(seed);
    Ordinal at = 0;
    for (int i = 0; i < 30; ++i) {
      at += random() % 50;
      const Ordinal end = at + 1 + random() % 400;
      work.add({at, end});
      if (random() % 4 == 0) cuts.push_back(at + 1);
      at = end;
    }
    options.ranks = 1 + random() % 7;
    options.chunk = random() % 3 == 0 ? 1 + random() % 9 : 0;
  }
};

bool crosses(const std::vector<Ordinal>& cuts, Interval chunk) {
  for (const Ordinal cut : cuts) {
    if (chunk.begin < cut && cut < chunk.end) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every item is dealt exactly once, in chunks of one model", "[worker][deal]") {
  const auto seed = GENERATE(range(1U, 40U));
  CAPTURE(seed);
  const Case given(seed);
  Deal deal(given.work, given.cuts, given.options);
  CHECK(deal.remaining() == given.work.size());
  std::mt19937_64 random(seed);
  std::uint64_t dealt = 0;
  IntervalSet seen;
  while (deal.remaining() > 0) {
    const auto chunk = deal.next(random() % given.options.ranks);
    REQUIRE(chunk);
    REQUIRE_FALSE(chunk->empty());
    REQUIRE_FALSE(crosses(given.cuts, *chunk));
    dealt += chunk->size();
    seen.add(*chunk);
  }
  CHECK(dealt == given.work.size());
  CHECK(seen == given.work);
  CHECK_FALSE(deal.next(0));
}

TEST_CASE("what a lost rank had not committed is dealt again, and only that", "[worker][deal]") {
  const auto seed = GENERATE(range(1U, 40U));
  CAPTURE(seed);
  const Case given(seed);
  DealOptions options = given.options;
  options.ranks += 1;
  Deal deal(given.work, given.cuts, options);
  std::mt19937_64 random(seed);
  IntervalSet first;  // dealt to rank 0, in order
  std::vector<Ordinal> in_order;
  for (int i = 0; i < 5; ++i) {
    if (const auto chunk = deal.next(0)) {
      for (Ordinal o = chunk->begin; o < chunk->end; ++o) in_order.push_back(o);
    }
  }
  const std::uint64_t committed = random() % (in_order.size() + 1);
  deal.committed(0, committed / 2);
  deal.committed(0, committed);
  const std::vector<Ordinal> kept(in_order.begin(),
                                  in_order.begin() + static_cast<std::ptrdiff_t>(committed));
  IntervalSet done;
  for (const Ordinal o : kept) done.add({o, o + 1});
  CHECK(deal.held(0).size() == in_order.size() - committed);
  CHECK(deal.lose(0) == in_order.size() - committed);
  CHECK(deal.lose(0) == 0);
  CHECK_FALSE(deal.next(0));
  deal.committed(0, in_order.size());  // too late: it is somebody else's now
  std::uint64_t dealt = 0;
  while (const auto chunk = deal.next(1)) {
    REQUIRE_FALSE(crosses(given.cuts, *chunk));
    dealt += chunk->size();
    done.add(*chunk);
  }
  CHECK(dealt == given.work.size() - committed);
  CHECK(done == given.work);
}

TEST_CASE("guided chunks shrink from a share of the rest to single items", "[worker][deal]") {
  DealOptions options;
  options.ranks = 2;
  options.max_chunk = 500;
  Deal deal(IntervalSet(Interval{0, 10'000}), {}, options);
  std::uint64_t last = 501;
  while (const auto chunk = deal.next(0)) {
    CHECK(chunk->size() >= 1);
    CHECK(chunk->size() <= last);
    last = chunk->size();
  }
  CHECK(last == 1);
}

TEST_CASE("a fixed chunk size is kept", "[worker][deal]") {
  DealOptions options;
  options.chunk = 3;
  Deal deal(IntervalSet::parse("0-6"), {}, options);
  CHECK(deal.next(0) == Interval{0, 3});
  CHECK(deal.next(0) == Interval{3, 6});
  CHECK(deal.next(0) == Interval{6, 7});
}

TEST_CASE("a rank keeps its model, and ranks spread over the models", "[worker][deal]") {
  DealOptions options;
  options.ranks = 2;
  options.chunk = 10;
  const std::vector<Ordinal> cuts{100};
  Deal deal(IntervalSet(Interval{0, 200}), cuts, options);
  CHECK(deal.next(0) == Interval{0, 10});
  CHECK(deal.next(1) == Interval{100, 110});
  CHECK(deal.next(0) == Interval{10, 20});
  CHECK(deal.next(1) == Interval{110, 120});
  while (deal.remaining() > 80) CHECK(deal.next(0)->begin < 100);
  CHECK(deal.next(0)->begin >= 100);  // its model is done: it helps with the other
}
