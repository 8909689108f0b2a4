#include "launcher/geometry.hpp"

#include <algorithm>
#include <thread>

namespace tally::launcher {

std::uint32_t default_workers() { return std::max(1U, std::thread::hardware_concurrency() / 2); }

Geometry local_geometry(const ResourcesSpec& resources, std::uint64_t items,
                        const GeometryWish& wish) {
  std::uint32_t workers = wish.workers > 0 ? wish.workers : default_workers();
  if (wish.sequential) workers = 1;
  const std::uint32_t asked = wish.elements > 0 ? wish.elements : resources.elements;
  Geometry geometry;
  geometry.elements = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(asked, 1, std::max<std::uint64_t>(items, 1)));
  geometry.ranks = std::min(std::max(resources.ranks, 1U), workers);
  geometry.side_by_side = std::min(std::max(workers / geometry.ranks, 1U), geometry.elements);
  if (resources.max_running > 0) {
    geometry.side_by_side = std::min(geometry.side_by_side, resources.max_running);
  }
  return geometry;
}

Geometry slurm_geometry(const ResourcesSpec& resources, std::uint64_t items,
                        const GeometryWish& wish, std::uint32_t most) {
  constexpr std::uint32_t kAuto = 10;
  std::uint32_t asked = wish.elements > 0 ? wish.elements : resources.elements;
  if (asked == 0) asked = resources.max_running > 0 ? resources.max_running : kAuto;
  if (most > 0) asked = std::min(asked, most);
  Geometry geometry;
  geometry.elements = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(asked, 1, std::max<std::uint64_t>(items, 1)));
  geometry.ranks = std::max(resources.ranks, 1U);
  geometry.side_by_side = geometry.elements;
  if (resources.max_running > 0)
    geometry.side_by_side = std::min(geometry.side_by_side, resources.max_running);
  return geometry;
}

}  // namespace tally::launcher
