#pragma once
#include <cstdint>

#include "core/config/run_config.hpp"

namespace tally::launcher {

/// How a local machine is shared by the elements of a submission.
struct Geometry {
  std::uint32_t elements = 1;
  std::uint32_t ranks = 1;         ///< MPI processes per element.
  std::uint32_t side_by_side = 1;  ///< Elements at once.
};

/// What the person asked for on the command line.
struct GeometryWish {
  std::uint32_t workers = 0;   ///< Ranks at once; 0: half the cores.
  std::uint32_t elements = 0;  ///< 0: what the config says.
  bool sequential = false;     ///< One worker, one element at a time.
};

/// Half of the cores this process may use, at least 1.
[[nodiscard]] std::uint32_t default_workers();

/// Elements never outnumber the items; ranks per element are min(resources.ranks, workers); as many
/// elements run at once as the workers allow and resources.max_running permits.
[[nodiscard]] Geometry local_geometry(const ResourcesSpec& resources, std::uint64_t items,
                                      const GeometryWish& wish);

/// For a Slurm array: `elements` auto is max_running, or else 10. Elements never outnumber the
/// items, nor `most` (0: no limit), the jobs that the site lets a user queue.
[[nodiscard]] Geometry slurm_geometry(const ResourcesSpec& resources, std::uint64_t items,
                                      const GeometryWish& wish, std::uint32_t most);

}  // namespace tally::launcher
