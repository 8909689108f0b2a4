#include "launcher/geometry.hpp"

#include <sched.h>

#include <algorithm>

#include "catch.hpp"

using namespace tally;
using namespace tally::launcher;

TEST_CASE("ranks and elements share the workers", "[launcher][geometry]") {
  struct Case {
    std::uint32_t ranks, elements, max_running;  // of the config
    std::uint64_t items;
    GeometryWish wish;
    std::uint32_t expected_elements, expected_ranks, expected_side_by_side;
  };
  const auto c = GENERATE(values<Case>({
      {2, 0, 0, 100, {4, 0, false}, 1, 2, 1},   // auto: one element
      {2, 8, 0, 100, {4, 0, false}, 8, 2, 2},   // two of two ranks at once
      {2, 8, 1, 100, {4, 0, false}, 8, 2, 1},   // the config allows one
      {8, 4, 0, 100, {4, 0, false}, 4, 4, 1},   // fewer workers than ranks
      {2, 8, 0, 3, {4, 0, false}, 3, 2, 2},     // never more elements than items
      {2, 8, 0, 100, {4, 0, true}, 8, 1, 1},    // sequential
      {2, 8, 0, 100, {16, 3, false}, 3, 2, 3},  // asked for three elements
      {3, 8, 0, 100, {7, 0, false}, 8, 3, 2},   // one worker stays idle
      {1, 2, 9, 100, {16, 0, false}, 2, 1, 2},  // max_running above what there is
  }));
  ResourcesSpec resources;
  resources.ranks = c.ranks;
  resources.elements = c.elements;
  resources.max_running = c.max_running;
  const Geometry geometry = local_geometry(resources, c.items, c.wish);
  CAPTURE(c.ranks, c.elements, c.max_running, c.items, c.wish.workers);
  CHECK(geometry.elements == c.expected_elements);
  CHECK(geometry.ranks == c.expected_ranks);
  CHECK(geometry.side_by_side == c.expected_side_by_side);
}

TEST_CASE("by default half of the cores work, one at least", "[launcher][geometry]") {
  cpu_set_t before;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(default_workers() == static_cast<unsigned>(std::max(1, CPU_COUNT(&before) / 2)));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);  // what taskset, cgroups and Slurm do
  CHECK(default_workers() == 1);
  REQUIRE(::sched_setaffinity(0, sizeof before, &before) == 0);
  ResourcesSpec resources;
  resources.ranks = 1'000'000;
  CHECK(local_geometry(resources, 1'000'000, {}).ranks == default_workers());
}
