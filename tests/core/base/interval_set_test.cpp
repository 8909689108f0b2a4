#include "core/base/interval_set.hpp"

#include <random>
#include <set>

#include "catch.hpp"
#include "core/base/error.hpp"

using tally::Interval;
using tally::IntervalSet;

namespace {

using Ordinals = std::set<std::uint64_t>;

Ordinals members(const IntervalSet& set) {
  Ordinals out;
  for (const Interval& interval : set.intervals()) {
    for (std::uint64_t i = interval.begin; i < interval.end; ++i) out.insert(i);
  }
  return out;
}

// Sorted, disjoint, not adjacent, none empty.
bool is_canonical(const IntervalSet& set) {
  const auto& all = set.intervals();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].empty() || (i > 0 && all[i].begin <= all[i - 1].end)) return false;
  }
  return true;
}

// A random set below 60 beside the std::set it stands for.
struct Pair {
  IntervalSet set;
  Ordinals model;
};

Pair random_pair(std::mt19937& random) {
  Pair pair;
  const std::size_t pieces = random() % 7;
  for (std::size_t i = 0; i < pieces; ++i) {
    const Interval interval{random() % 60, random() % 60};
    pair.set.add(interval);
    for (std::uint64_t o = interval.begin; o < interval.end; ++o) pair.model.insert(o);
  }
  return pair;
}

Ordinals minus(const Ordinals& a, const Ordinals& b) {
  Ordinals out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(out, out.end()));
  return out;
}

constexpr int kRounds = 3000;

}  // namespace

TEST_CASE("interval sets do what std::set does", "[interval_set]") {
  std::mt19937 random(20240501);
  for (int round = 0; round < kRounds; ++round) {
    const auto [a, a_model] = random_pair(random);
    const auto [b, b_model] = random_pair(random);
    CAPTURE(round, a.text(), b.text());
    Ordinals both = a_model;
    both.insert(b_model.begin(), b_model.end());
    REQUIRE(members(a) == a_model);
    REQUIRE(a.size() == a_model.size());
    REQUIRE(members(a.united(b)) == both);
    REQUIRE(members(a.minus(b)) == minus(a_model, b_model));
    REQUIRE(members(a.intersected(b)) == minus(a_model, minus(a_model, b_model)));
    REQUIRE(a.complement(60).united(a) == IntervalSet(Interval{0, 60}));
    REQUIRE(a.complement(60).intersected(a).empty());
    for (const auto& result : {a, a.united(b), a.minus(b), a.intersected(b), a.complement(60)}) {
      REQUIRE(is_canonical(result));
    }
  }
}

TEST_CASE("lookups agree with std::set", "[interval_set]") {
  std::mt19937 random(7);
  for (int round = 0; round < kRounds; ++round) {
    const auto [set, model] = random_pair(random);
    const Interval probe{random() % 62, random() % 62};
    CAPTURE(round, set.text(), probe.begin, probe.end);
    bool every = true;
    bool some = false;
    for (std::uint64_t i = probe.begin; i < probe.end; ++i) {
      REQUIRE(set.contains(i) == model.contains(i));
      every = every && model.contains(i);
      some = some || model.contains(i);
    }
    REQUIRE(set.contains(probe) == every);
    REQUIRE(set.intersects(probe) == some);
  }
}

TEST_CASE("adding and subtracting piece by piece is the same as at once", "[interval_set]") {
  std::mt19937 random(11);
  for (int round = 0; round < kRounds; ++round) {
    const IntervalSet whole = random_pair(random).set;
    const IntervalSet other = random_pair(random).set;
    std::vector<Interval> pieces = other.intervals();
    std::shuffle(pieces.begin(), pieces.end(), random);
    IntervalSet added = whole;
    IntervalSet subtracted = whole;
    for (const Interval& piece : pieces) {
      added.add(piece);
      subtracted.subtract(piece);
    }
    CAPTURE(round, whole.text(), other.text());
    REQUIRE(added == whole.united(other));
    REQUIRE(subtracted == whole.minus(other));
    REQUIRE(IntervalSet::of(pieces) == other);
    const Ordinals sorted = members(other);
    const std::vector<std::uint64_t> ordinals(sorted.begin(), sorted.end());
    REQUIRE(IntervalSet::of_sorted(ordinals) == other);
  }
}

TEST_CASE("a split covers the set in order, in parts that differ by one at most",
          "[interval_set]") {
  std::mt19937 random(13);
  for (int round = 0; round < kRounds; ++round) {
    const IntervalSet set = random_pair(random).set;
    const std::uint64_t parts = 1 + random() % 9;
    CAPTURE(round, set.text(), parts);
    const auto split = set.split(parts);
    REQUIRE(split.size() == parts);
    IntervalSet joined;
    for (const IntervalSet& part : split) {
      REQUIRE(part.size() >= set.size() / parts);
      REQUIRE(part.size() <= (set.size() + parts - 1) / parts);
      REQUIRE(joined.intersected(part).empty());
      const bool in_order = joined.empty() || part.empty() ||
                            joined.intervals().back().end <= part.intervals().front().begin;
      REQUIRE(in_order);
      joined = joined.united(part);
    }
    REQUIRE(joined == set);
  }
}

TEST_CASE("taking from the front empties the set in order", "[interval_set]") {
  std::mt19937 random(17);
  for (int round = 0; round < kRounds; ++round) {
    IntervalSet set = random_pair(random).set;
    const IntervalSet before = set;
    CAPTURE(round, before.text());
    REQUIRE(set.take_front(0).empty());
    IntervalSet taken;
    std::uint64_t last = 0;
    while (!set.empty()) {
      const std::uint64_t count = 1 + random() % 9;
      const Interval piece = set.take_front(count);
      REQUIRE(piece.size() >= 1);
      REQUIRE(piece.size() <= count);
      REQUIRE(piece.begin >= last);
      last = piece.end;
      taken.add(piece);
    }
    REQUIRE(taken == before);
    REQUIRE(set.take_front(5).empty());
  }
}

TEST_CASE("the text form comes back as the same set", "[interval_set]") {
  std::mt19937 random(19);
  for (int round = 0; round < kRounds; ++round) {
    const IntervalSet set = random_pair(random).set;
    REQUIRE(IntervalSet::parse(set.text()) == set);
  }
  CHECK(IntervalSet().text().empty());
  CHECK(IntervalSet::parse("").empty());
  CHECK(IntervalSet::of({{0, 4}, {7, 8}}).text() == "0-3,7");
  CHECK(IntervalSet::parse("0-3,4,6").text() == "0-4,6");
  CHECK(IntervalSet::parse("18446744073709551614").size() == 1);
}

TEST_CASE("anything but the text form is refused", "[interval_set]") {
  struct Bad {
    const char* text;
    const char* message;
  };
  const auto bad = GENERATE(values<Bad>({
      {" ", "found ' ', expected a number or a range like 0-3"},
      {"1, 2", "found ' 2', expected a number or a range like 0-3"},
      {"1,", "found '', expected a number or a range like 0-3"},
      {",1", "found '', expected a number or a range like 0-3"},
      {"-1", "found '-1', expected a number or a range like 0-3"},
      {"1-", "found '1-', expected a number or a range like 0-3"},
      {"1-2-3", "found '1-2-3', expected a number or a range like 0-3"},
      {"+1", "found '+1', expected a number or a range like 0-3"},
      {"0x1", "found '0x1', expected a number or a range like 0-3"},
      {"007", "found '007', expected a number or a range like 0-3"},
      {"1.5", "found '1.5', expected a number or a range like 0-3"},
      {"18446744073709551615",
       "found '18446744073709551615', expected a number or a range like 0-3"},
      {"7-3", "found '7-3', expected the smaller number first"},
      {"5,3", "found '3' after 5, expected ascending ranges"},
      {"0-4,4", "found '4' after 4, expected ascending ranges"},
  }));
  CAPTURE(bad.text);
  CHECK_THROWS_WITH(IntervalSet::parse(bad.text), bad.message);
}
