#include "core/base/random.hpp"

#include <set>
#include <tuple>

#include "catch.hpp"

using namespace tally;

TEST_CASE("Philox4x32-10 gives the known answers of its authors", "[base][random]") {
  // kat_vectors of Random123.
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("an item's numbers are a function of seed, ordinal and stream", "[base][random]") {
  std::set<std::tuple<std::uint32_t, std::uint32_t>> seen;
  const std::uint64_t big = std::uint64_t{1} << 40U;
  const std::array<ItemRandom, 6> items{ItemRandom(1, 2),       ItemRandom(2, 1),
                                        ItemRandom(1, 2, 1),    ItemRandom(1, 2 + big),
                                        ItemRandom(1 + big, 2), ItemRandom(1, 3)};
  for (ItemRandom item : items) {
    ItemRandom again = item;
    const std::uint32_t first = item.next_u32();
    CHECK(first == again.next_u32());
    seen.emplace(first, item.next_u32());
  }
  CHECK(seen.size() == items.size());
}

TEST_CASE("an item has more numbers than one block, and they do not repeat", "[base][random]") {
  ItemRandom item(7, 9);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 400; ++i) seen.insert(item.next_u32());
  CHECK(seen.size() == 400);
}

TEST_CASE("unit numbers lie in [0, 1) with the mean in the middle", "[base][random]") {
  ItemRandom item(7, 9);
  double sum = 0.0;
  constexpr int kDraws = 10'000;
  for (int i = 0; i < kDraws; ++i) {
    const double unit = item.next_unit();
    REQUIRE(unit >= 0.0);
    REQUIRE(unit < 1.0);
    sum += unit;
  }
  CHECK(sum / kDraws == Approx(0.5).margin(0.015));  // five standard errors
}
